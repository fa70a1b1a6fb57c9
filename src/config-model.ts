/**
 * Which server is asked, and with which key. Pure. It never falls back: where a key is needed and
 * there is none, that is an error, not a reason to take another model.
 */
import type { Environment } from './config-environment.ts'
import type { Credentials } from './contract/config.ts'
import type { ExitName } from './contract/error.ts'
import { AgentError } from './contract/error.ts'

/** A setting, and where it was read: `--base-url`, a variable's name or file and key. */
export type Named = { value: string; from: string; exit: ExitName }

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

function isAnthropic(baseUrl: string | null): boolean {
  if (baseUrl === null) return true
  const { hostname } = new URL(baseUrl)
  return hostname === 'anthropic.com' || hostname.endsWith('.anthropic.com')
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
  const own = isAnthropic(baseUrl)
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
