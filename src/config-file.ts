/**
 * The config file: what may stand in it, and where a mistake in it is. Unknown keys are mistakes,
 * because a misspelled limit that is silently ignored is worse than an error. The model's key is
 * not accepted: files are shared and committed.
 */
import * as z from 'zod'
import { readBoundedFile } from './bounded-file.ts'
import { AgentError } from './contract/error.ts'
import { parseLocated } from './contract/json-lines.ts'
import { MAX_CONCURRENCY, type PolicyFault } from './contract/policy-check.ts'
import { checkToolOverride, isToolPattern, type ToolOverride } from './contract/tool-override.ts'
import { parseDuration } from './duration.ts'
import {
  DURABILITIES,
  EFFORTS,
  MAX_COST_USD,
  MAX_TOKENS,
  MAX_TOTAL_TOKENS,
  MAX_TURNS,
  MIN_COST_USD,
  ON_ERROR,
  PROTOCOLS,
} from './flags.ts'

/** Runs, and days. */
const MAX_KEPT = 100_000
const MAX_CONFIG_BYTES = 1024 * 1024
/** Under these people put the model's key. */
const CREDENTIAL_KEY = /^(anthropic_)?(api_?key|auth_?token)$/i

const duration = z.unknown().transform((value, context) => {
  const ms = typeof value === 'string' ? parseDuration(value) : null
  if (ms !== null) return ms
  const meant =
    typeof value === 'number'
      ? `: write it with a unit, "${value}ms" or "${value}s"`
      : ' such as "500ms", "30s" or "2m"'
  context.issues.push({ code: 'custom', input: value, message: `is not a duration${meant}` })
  return z.NEVER
})
const milliseconds = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)
const words = z.string().trim().min(1)
const count = (max: number) => z.int().min(1).max(max)

const toolOverride = z.unknown().transform((value, context): ToolOverride => {
  const { value: override, fault } = checkToolOverride(value)
  if (fault === null) return override
  const { path, reason: message } = fault
  context.issues.push({ code: 'custom', input: value, path, message, params: { policy: fault } })
  return z.NEVER
})

const slotCount = z.exactOptional(count(MAX_CONCURRENCY))
const slots = z.strictObject({ threads: slotCount, commands: slotCount, mcp: slotCount })

export const configFileSchema = z
  .strictObject({
    model: words,
    base_url: words,
    system: words,
    max_tokens: count(MAX_TOKENS),
    effort: z.enum(EFFORTS),
    protocol: z.enum(PROTOCOLS),
    offline: z.boolean(),
    cache: z.boolean(),
    model_idle_timeout_ms: milliseconds,
    model_message_timeout_ms: milliseconds,
    tool_paths: z.array(words),
    mcp: z.array(words),
    require_mcp: z.boolean(),
    builtins: z.boolean(),
    only: z.array(words),
    allow: z.array(words),
    deny: z.array(words),
    root: words,
    allow_dotfiles: z.boolean(),
    allow_private_network: z.boolean(),
    clean_env: z.boolean(),
    fail_on_tool_error: z.boolean(),
    concurrency: count(MAX_CONCURRENCY),
    tool_timeout: duration,
    timeout: duration,
    max_turns: count(MAX_TURNS),
    slots,
    on_error: z.enum(ON_ERROR),
    optional_grace: duration,
    early_results: duration,
    answer_by: duration,
    max_total_tokens: count(MAX_TOTAL_TOKENS),
    max_cost: z.number().min(MIN_COST_USD).max(MAX_COST_USD),
    journal: z.boolean(),
    durability: z.enum(DURABILITIES),
    keep_runs: count(MAX_KEPT),
    keep_days: count(MAX_KEPT),
    otel: words,
    otel_content: z.boolean(),
    tools: z.record(z.string().refine(isToolPattern, 'is no tool name or glob'), toolOverride),
  })
  .partial()

export type FileSettings = z.infer<typeof configFileSchema>

/**
 * @throws  AgentError (exit 3) with file and line
 * @throws  another error where the file cannot be read; the caller knows whether it was named
 */
export async function readConfigFile(path: string): Promise<FileSettings> {
  const file = await readBoundedFile(path, MAX_CONFIG_BYTES)
  const problem = (line: number, message: string, hint: string | null = null) =>
    new AgentError('bad-config', `${path}:${line}: ${message}`, { exit: 'config', hint })
  if (file.type === 'too_large') throw problem(1, 'the file is larger than 1 MiB')
  if (file.type !== 'bytes') throw new Error(`it is a ${file.type}`)
  const { parsed, lines } = parseLocated(file.bytes.toString('utf8'), problem)
  const checked = configFileSchema.safeParse(parsed)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  if (issue === undefined) throw problem(1, 'not valid')
  const noKey = (path: readonly PropertyKey[], known: readonly string[]) =>
    problem(lines.lineOf(path), `"${path.join('.')}" is no key of the config file`, `known are ${known.join(', ')}`)
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0] ?? '']
    if (CREDENTIAL_KEY.test(issue.keys[0] ?? '')) {
      const hint = 'export ANTHROPIC_API_KEY in the environment and remove it here'
      throw problem(lines.lineOf(path), `"${path.join('.')}": the key is not accepted in a config file`, hint)
    }
    throw noKey(path, Object.keys(issue.path.length === 0 ? configFileSchema.shape : slots.shape))
  }
  const where = issue.path.length === 0 ? '' : `"${issue.path.join('.')}": `
  if (issue.code === 'custom' && issue.params?.['policy']) {
    const { known } = issue.params['policy'] as PolicyFault // what the transform of a tool's entry has put there
    throw known === null ? problem(lines.lineOf(issue.path), `${where}${issue.message}`) : noKey(issue.path, known)
  }
  throw problem(lines.lineOf(issue.path), `${where}${quoted(valueAt(parsed, issue.path))}${reason(issue)}`)
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Object.entries(at).find(([name]) => name === String(key))?.[1]
  }
  return at
}

function quoted(value: unknown): string {
  if (value === undefined) return ''
  const text = JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 100)}... ` : `${text} `
}

function reason(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is not ${article(issue.expected)}`
    case 'invalid_value':
      return `is not one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'too_small':
      return `is too small: at least ${issue.minimum}`
    case 'too_big':
      return `is too large: at most ${issue.maximum}`
    case 'invalid_key':
      return 'stands under a key that is no tool name or glob'
    default:
      return issue.message
  }
}

function article(type: string): string {
  if (type === 'int') return 'a whole number'
  if (type === 'record') return 'an object'
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}
