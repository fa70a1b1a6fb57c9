/**
 * What was typed, the environment and the config file, resolved into one checked Config: flags over
 * environment over file. The only reader of `process.env`. Nothing is read from the current
 * directory unless it is named: whoever wrote what lies there may be a stranger (SECURITY.md).
 */
import { accessSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { cassetteConfig } from './config-cassette.ts'
import type { Environment } from './config-environment.ts'
import { toolEnvironments } from './config-environment.ts'
import type { FileSettings } from './config-file.ts'
import { journalConfig } from './config-journal.ts'
import type { ModelLevel, Named } from './config-model.ts'
import { chooseCredentials, chooseModel, parseBaseUrl } from './config-model.ts'
import { runPolicies, toolSayings } from './config-policies.ts'
import { DEFAULT_SYSTEM_PROMPT, readSystemPrompt } from './config-system.ts'
import { tracingConfig } from './config-tracing.ts'
import type { Config, ModelConfig } from './contract/config.ts'
import { AgentError, isAgentError } from './contract/error.ts'
import { OFFLINE_MODEL } from './contract/model.ts'
import type { Notify } from './contract/reporter.ts'
import { whyUnreadable } from './contract/system-error.ts'
import type { AskFlags } from './flags.ts'

const DEFAULT_MAX_TOKENS = 16_384
const DEFAULT_MAX_TURNS = 25
const DEFAULT_CONCURRENCY = 64
const DEFAULT_IDLE_TIMEOUT_MS = 90_000
const DEFAULT_MESSAGE_TIMEOUT_MS = 600_000

export function readEnvironment(): Environment {
  return process.env
}

type LoadOptions = {
  environment: Environment
  directory: string
  notify: Notify
  /** Whether the model will be asked: nothing is sent by --dry-run, which therefore needs no key. */
  keyNeeded: boolean
  /** Whether what the user has set up for the command counts, where nothing is said here: the config file, and traces. */
  userConfig: boolean
}

/** The file's settings, and the path that they are relative to and named by. */
export type LoadedFile = { settings: FileSettings; path: string; directory: string }

/** @throws AgentError (exit 2, 3 or 4) */
export async function loadConfig(flags: AskFlags, options: LoadOptions): Promise<Config> {
  const { environment, directory } = options
  const file = await loadFile(flags.config, options)
  const settings = file.settings
  const fromFile = (path: string) => resolve(file.directory, expandHome(path, environment))
  const model = modelConfig(flags, file, options)
  return {
    model,
    tools: {
      paths: [
        ...(settings.tool_paths ?? []).map((path) => ({ path: fromFile(path), from: `"tool_paths" in ${file.path}` })),
        ...flags.tools.map((path) => ({ path: resolve(directory, path), from: '--tools' })),
      ],
      mcp: [
        ...(settings.mcp ?? []).map((text) => {
          return { text: expandHome(text, environment), directory: file.directory, from: `"mcp" in ${file.path}` }
        }),
        ...flags.mcp.map((text) => ({ text, directory, from: '--mcp' })),
      ],
      requireMcp: flags.requireMcp || settings.require_mcp === true,
      builtins: flags.builtins && settings.builtins !== false,
      only: flags.only ?? settings.only ?? null,
      allow: [...new Set([...(settings.allow ?? []), ...flags.allow])],
      deny: [...new Set([...(settings.deny ?? []), ...flags.deny])],
      root: rootFolder(flags.root, file, options),
      allowDotfiles: flags.allowDotfiles || settings.allow_dotfiles === true,
      allowPrivateNetwork: flags.allowPrivateNetwork || settings.allow_private_network === true,
      sayings: toolSayings(settings, flags.toolSayings),
      defaultTimeoutMs: settings.tool_timeout ?? null,
      slots: { threads: null, commands: null, mcp: null, ...settings.slots, ...flags.slots },
      ...toolEnvironments(environment, flags.cleanEnvironment || settings.clean_env === true),
    },
    system: await systemPrompt(flags, file, options),
    policies: runPolicies(flags, file, model.name),
    journal: journalConfig(flags, settings, environment, (path) => resolve(directory, path)),
    concurrency: flags.sequential ? 1 : (flags.concurrency ?? settings.concurrency ?? DEFAULT_CONCURRENCY),
    maxTurns: flags.maxTurns ?? settings.max_turns ?? DEFAULT_MAX_TURNS,
    timeoutMs: flags.timeoutMs ?? settings.timeout ?? null,
    cache: flags.cache && settings.cache !== false,
    failOnToolError: flags.failOnToolError || settings.fail_on_tool_error === true,
    cassette: cassetteConfig(flags, directory),
    answer: flags.schema === null ? null : await answerOf(flags.schema, model, directory),
    tracing: tracingConfig({ flags, file, environment, notify: options.notify, fromEnvironment: options.userConfig }),
  }
}

/** Loaded only where the answer is to be data. */
async function answerOf(schema: string, { protocol }: ModelConfig, directory: string): Promise<Config['answer']> {
  const { readAnswerForm } = await import('./config-answer.ts')
  return readAnswerForm(schema, protocol, (path) => resolve(directory, path))
}

function modelConfig(flags: AskFlags, file: LoadedFile, { environment, keyNeeded }: LoadOptions): ModelConfig {
  const { settings } = file
  const { name, baseUrl: url } = chooseModel(modelLevels(flags, environment, file))
  const offline = name === OFFLINE_MODEL
  const baseUrl = url === null ? null : parseBaseUrl(url)
  const proxy = textOf(environment, 'HTTPS_PROXY') || textOf(environment, 'https_proxy')
  return {
    name,
    baseUrl,
    // A replay asks nobody.
    credentials: offline || !keyNeeded || flags.replay !== null ? null : chooseCredentials(environment, baseUrl),
    maxTokens: flags.maxTokens ?? settings.max_tokens ?? DEFAULT_MAX_TOKENS,
    effort: flags.effort ?? settings.effort ?? null,
    protocol: flags.protocol ?? settings.protocol ?? 'native',
    proxyUrl: offline || proxy === '' ? null : checkedProxy(proxy),
    noProxy: textOf(environment, 'NO_PROXY') || textOf(environment, 'no_proxy') || null,
    idleTimeoutMs: settings.model_idle_timeout_ms ?? DEFAULT_IDLE_TIMEOUT_MS,
    messageTimeoutMs: settings.model_message_timeout_ms ?? DEFAULT_MESSAGE_TIMEOUT_MS,
  }
}

function modelLevels(flags: AskFlags, environment: Environment, { settings, path }: LoadedFile): ModelLevel[] {
  const at = (value: string | null | undefined, from: string, exit: Named['exit']): Named | null =>
    value ? { value, from, exit } : null
  return [
    { offline: flags.offline, model: flags.model, baseUrl: at(flags.baseUrl, '--base-url', 'usage') },
    {
      offline: false,
      model: textOf(environment, 'ANTHROPIC_MODEL') || null,
      baseUrl: at(textOf(environment, 'ANTHROPIC_BASE_URL'), 'ANTHROPIC_BASE_URL', 'config'),
    },
    {
      offline: settings.offline === true,
      model: settings.model ?? null,
      baseUrl: at(settings.base_url, `${path}: base_url`, 'config'),
    },
  ]
}

/** The folder that read_file may read; one that is not there would only show in the middle of a run. */
function rootFolder(flag: string | null, file: LoadedFile, options: LoadOptions): string | null {
  const path = flag ?? file.settings.root
  if (path === undefined) return null
  const folder =
    flag === null ? resolve(file.directory, expandHome(path, options.environment)) : resolve(options.directory, path)
  if (isFolder(folder)) return folder
  const from = flag === null ? `${file.path}: root` : '--root'
  const exit = flag === null ? 'config' : 'usage'
  const hint = 'name the folder that read_file may read, for example --root .'
  throw new AgentError('bad-root', `${from}: ${JSON.stringify(path)} is no folder`, { exit, hint })
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Many write `host:port`, as curl reads it. */
function checkedProxy(text: string): string {
  const proxy = text.includes('://') ? text : `http://${text}`
  if (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol)) return proxy
  // The value may hold a password, so it is not quoted.
  const hint = 'write http://host:port, or unset it'
  throw new AgentError('bad-proxy', 'HTTPS_PROXY is no http(s) URL', { exit: 'config', hint })
}

async function loadFile(
  named: string | null,
  { environment, directory, notify, userConfig }: LoadOptions,
): Promise<LoadedFile> {
  const none = { settings: {}, path: '', directory }
  const path = named === null ? userConfigPath(environment) : resolve(directory, named)
  // /dev/null is what one writes for no file at all.
  if (path === null || named === '/dev/null' || (named === null && !userConfig)) return none
  try {
    // Looked for before the import, because that loads zod.
    if (named === null && !isThere(path)) return none
    const { readConfigFile } = await import('./config-file.ts')
    return { settings: await readConfigFile(path), path, directory: dirname(path) }
  } catch (error) {
    if (isAgentError(error)) throw error
    const message = `config file ${JSON.stringify(named ?? path)} ${whyUnreadable(error)}`
    if (named === null) {
      notify('warning', `${message}; going on without it`)
      return none
    }
    throw new AgentError('bad-config', message, {
      exit: 'config',
      hint: 'check the path given to --config',
      cause: error,
    })
  }
}

/** @throws the system's error where the place cannot even be looked at */
function isThere(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw error
  }
}

export function userConfigPath(environment: Environment): string | null {
  const base = textOf(environment, 'XDG_CONFIG_HOME')
  // The XDG specification says that a relative path here is to be ignored, and it would name the current directory.
  if (isAbsolute(base)) return join(base, 'agent', 'config.json')
  const home = homeOf(environment)
  return home === null ? null : join(home, '.config', 'agent', 'config.json')
}

function homeOf(environment: Environment): string | null {
  const home = textOf(environment, 'HOME') || homedir()
  return isAbsolute(home) ? home : null
}

export function expandHome(path: string, environment: Environment): string {
  const home = homeOf(environment)
  return path.startsWith('~/') && home !== null ? join(home, path.slice(2)) : path
}

async function systemPrompt(
  flags: AskFlags,
  file: LoadedFile,
  { environment, directory }: LoadOptions,
): Promise<string> {
  if (flags.system !== null)
    return readSystemPrompt(flags.system, '--system', 'usage', (path) => resolve(directory, path))
  if (file.settings.system === undefined) return DEFAULT_SYSTEM_PROMPT
  const place = (path: string) => resolve(file.directory, expandHome(path, environment))
  return readSystemPrompt(file.settings.system, `${file.path}: system`, 'config', place)
}

function textOf(environment: Environment, name: string): string {
  return (environment[name] ?? '').trim()
}
