/**
 * Which model is asked, on which server and with which key. Pure. It never falls back: where a key
 * is needed and there is none, that is an error, not a reason to take another model.
 */
import type { Environment } from './config-environment.ts'
import { isAnthropicUrl } from './contract/anthropic-server.ts'
import type { Credentials } from './contract/config.ts'
import type { ExitName } from './contract/error.ts'
import { AgentError } from './contract/error.ts'
import { OFFLINE_MODEL } from './contract/model.ts'

/** A setting, and where it was read: `--base-url`, a variable's name or file and key. */
export type Named = { value: string; from: string; exit: ExitName }

const DEFAULT_MODEL = 'claude-sonnet-5-5'

/** What one level says: the command line, the environment or the config file. */
export type ModelLevel = { offline: boolean; model: string | null; baseUrl: Named | null }

/**
 * Whether a model is asked at all is decided by the first level that names a model, a server or the
 * offline planner: who types `--base-url` means that server, whatever a file says of `offline`.
 * Within a level the planner wins, as what was asked for by its own name.
 *
 * @param levels  the one that comes first is first
 */
export function chooseModel(levels: readonly ModelLevel[]): { name: string; baseUrl: Named | null } {
  const isOffline = ({ offline, model }: ModelLevel) => offline || model === OFFLINE_MODEL
  const deciding = levels.find((level) => isOffline(level) || level.model !== null || level.baseUrl !== null)
  if (deciding !== undefined && isOffline(deciding)) return { name: OFFLINE_MODEL, baseUrl: null }
  const named = levels.find(({ model }) => model !== null && model !== OFFLINE_MODEL)
  const placed = levels.find(({ baseUrl }) => baseUrl !== null)
  return { name: named?.model ?? DEFAULT_MODEL, baseUrl: placed?.baseUrl ?? null }
}

/** @throws AgentError: exit 2 or 3, by where the URL came from */
export function parseBaseUrl({ value, from, exit }: Named): string {
  const refuse = (why: string) =>
    new AgentError('bad-base-url', `${from}: ${JSON.stringify(withoutUserinfo(value))} ${why}`, {
      exit,
      hint: 'write http:// or https://, a host and perhaps a path: http://127.0.0.1:11434',
    })
  const url = URL.canParse(value.trim()) ? new URL(value.trim()) : null
  if (url === null) throw refuse('is no URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('is no http(s) URL')
  if (url.username !== '' || url.password !== '') throw refuse('holds a user or a password; set ANTHROPIC_AUTH_TOKEN')
  if (url.search !== '' || url.hash !== '') throw refuse('holds a query or a fragment')
  return url.href.replace(/\/+$/, '')
}

function withoutUserinfo(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//***@')
}

/**
 * The key for the Messages API. Another server prefers ANTHROPIC_AUTH_TOKEN, which was set for such
 * a server, so that the real key does not travel there without need.
 *
 * @returns null where another server is asked and no key is set
 * @throws  AgentError (exit 4); it never quotes the key
 */
export function chooseCredentials(environment: Environment, baseUrl: string | null): Credentials | null {
  const key: Choice = { kind: 'api_key', name: 'ANTHROPIC_API_KEY' }
  const token: Choice = { kind: 'auth_token', name: 'ANTHROPIC_AUTH_TOKEN' }
  const own = baseUrl === null || isAnthropicUrl(baseUrl)
  for (const { kind, name } of own ? [key, token] : [token, key]) {
    const value = (environment[name] ?? '').trim()
    if (value === '') continue
    // A header carries visible ASCII only; anything else fails much later, and unreadably.
    if (/[^\u0021-\u007e]/.test(value)) {
      const what = /[\r\n]/.test(value) ? 'a line break' : 'a space or a character that no key has'
      throw account('bad-key', `${name} holds ${what}`, `set it again: export ${name}=...`)
    }
    return { kind, value }
  }
  if (!own) return null
  const state = environment[key.name] === undefined ? 'is not set' : 'is empty'
  throw account(
    'no-key',
    `no API key: ${key.name} ${state}`,
    'export it, name a local server with --base-url, or try --offline',
  )
}

type Choice = { kind: Credentials['kind']; name: string }

function account(code: string, message: string, hint: string): AgentError {
  return new AgentError(code, message, { exit: 'account', hint })
}
