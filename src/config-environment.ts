/**
 * What of the environment is secret, and what of it tools may see. Pure: config.ts reads the
 * environment, this says which parts of it go where.
 */
import { COLLECTOR_HEADERS, headerSecrets } from './config-tracing-pairs.ts'
import type { ToolsConfig } from './contract/config.ts'
import type { Redactor } from './contract/redact.ts'
import { openRedactor } from './contract/redact.ts'

export type Environment = { readonly [name: string]: string | undefined }

/** Words that make a variable's name the name of a secret. */
const SECRET_WORDS = new Set([
  ...['key', 'keys', 'apikey', 'token', 'tokens', 'secret', 'secrets', 'password', 'passwords', 'passwd', 'passphrase'],
  ...['pwd', 'credential', 'credentials', 'pat', 'auth', 'authtoken', 'accesskey', 'privatekey', 'dsn'],
])
/** `SSH_AUTH_SOCK`, `KEY_FILE`: where a secret is, not the secret. */
const PLACE_WORDS = new Set(['sock', 'file', 'path', 'dir', 'home', 'id', 'url', 'name', 'type', 'mode'])
/** A shorter key (`x`, for a local server) stands in other values by chance. */
const MIN_TELLING_LENGTH = 8

/** Variables of the model's vendor that carry credentials without one of the words. */
const MODEL_CREDENTIALS = new Set(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS'])

const CLEAN_NAMES = new Set(
  ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR', 'USER', 'SHELL', 'TZ'].concat(
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].map((name) => [name, name.toLowerCase()]),
  ),
)

/** Whether a variable of this name holds a secret, as far as a name can tell. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  // PWD and OLDPWD are folders; DB_PWD is not.
  if (words.length === 1 && (words[0] === 'pwd' || words[0] === 'key')) return false
  if (PLACE_WORDS.has(words.at(-1) ?? '')) return false
  return words.some((word) => SECRET_WORDS.has(word))
}

function isModelCredential(name: string): boolean {
  return MODEL_CREDENTIALS.has(name) || (/^(ANTHROPIC|CLAUDE)_/.test(name) && isSecretName(name))
}

/** Values of the model's credentials, as they stand and trimmed; they may appear nowhere. */
export function modelCredentials(environment: Environment): string[] {
  return distinct(
    Object.entries(environment)
      .filter(([name]) => isModelCredential(name))
      .flatMap(([, value = '']) => [value, value.trim()]),
  )
}

/** Values of all variables that look like secrets, however short: redact.ts knows what is too short. */
export function secretValues(environment: Environment): string[] {
  const headers = COLLECTOR_HEADERS.flatMap((name) => headerSecrets(environment[name] ?? ''))
  return distinct([
    ...headers,
    ...Object.entries(environment)
      .filter(([name]) => isSecretName(name))
      .flatMap(([, value = '']) => [value, value.trim()]),
  ])
}

/** Takes all of these out of what is shown and kept. It needs no Config, whose mistakes are shown as well. */
export function environmentRedactor(environment: Environment): Redactor {
  return openRedactor({ credentials: modelCredentials(environment), secrets: secretValues(environment) })
}

/**
 * For a journal, which has to hold everything else as it was: a run goes on from it. A stand-in for a
 * credential (`ollama`, `none`) is a word like any other, and stays.
 */
export function credentialRedactor(environment: Environment): Redactor {
  const credentials = modelCredentials(environment).filter((value) => value.length >= MIN_TELLING_LENGTH)
  return openRedactor({ credentials, secrets: [] }, { shapes: false })
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ''))]
}

/**
 * The environment of tools, in three widths: what they get, what every program needs, and what they may
 * ask for by name.
 *
 * @param clean  tools get no more than every program needs
 */
export function toolEnvironments(
  environment: Environment,
  clean: boolean,
): Pick<ToolsConfig, 'environment' | 'baseEnvironment' | 'variables'> {
  const variables = toolEnvironment(environment, false)
  const baseEnvironment = toolEnvironment(environment, true)
  return { environment: clean ? baseEnvironment : variables, baseEnvironment, variables }
}

/**
 * The environment of tools: ours without the model's credentials, under whatever name they stand
 * (`MY_KEY=$ANTHROPIC_API_KEY` would hand it over as well).
 *
 * @param clean  only the few variables that programs need to run at all
 */
function toolEnvironment(environment: Environment, clean: boolean): Record<string, string> {
  const credentials = modelCredentials(environment).filter((value) => value.length >= MIN_TELLING_LENGTH)
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || isModelCredential(name)) continue
    if (clean && !CLEAN_NAMES.has(name) && !name.startsWith('LC_')) continue
    if (credentials.some((credential) => value.includes(credential))) continue
    kept[name] = value
  }
  return kept
}
