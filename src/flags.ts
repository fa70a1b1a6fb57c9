/**
 * What was typed after `agent ask`, each value read by its own syntax and nothing decided yet:
 * config.ts says what it means together with the environment and the config file.
 */

import { AgentError } from './contract/error.ts'
import type { Effort, Protocol } from './contract/model.ts'
import { parseDuration } from './duration.ts'

export const EFFORTS: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max']
export const PROTOCOLS: readonly Protocol[] = ['native', 'text']

export type AskFlags = {
  model: string | null
  baseUrl: string | null
  /** The text itself, or `@FILE`. */
  system: string | null
  maxTokens: number | null
  effort: Effort | null
  protocol: Protocol | null
  offline: boolean
  cache: boolean
  tools: string[]
  mcp: string[]
  requireMcp: boolean
  builtins: boolean
  only: string[] | null
  allow: string[]
  deny: string[]
  root: string | null
  allowDotfiles: boolean
  allowPrivateNetwork: boolean
  cleanEnvironment: boolean
  concurrency: number | null
  sequential: boolean
  toolTimeoutMs: number | null
  timeoutMs: number | null
  maxTurns: number | null
  failOnToolError: boolean
  json: boolean
  jsonl: boolean
  output: string | null
  quiet: boolean
  verbose: boolean
  debug: boolean
  colour: boolean
  files: string[]
  dryRun: boolean
  config: string | null
}

/** Nothing was typed. */
export const NO_FLAGS: AskFlags = {
  model: null,
  baseUrl: null,
  system: null,
  maxTokens: null,
  effort: null,
  protocol: null,
  offline: false,
  cache: true,
  tools: [],
  mcp: [],
  requireMcp: false,
  builtins: true,
  only: null,
  allow: [],
  deny: [],
  root: null,
  allowDotfiles: false,
  allowPrivateNetwork: false,
  cleanEnvironment: false,
  concurrency: null,
  sequential: false,
  toolTimeoutMs: null,
  timeoutMs: null,
  maxTurns: null,
  failOnToolError: false,
  json: false,
  jsonl: false,
  output: null,
  quiet: false,
  verbose: false,
  debug: false,
  colour: true,
  files: [],
  dryRun: false,
  config: null,
}

export const MAX_CONCURRENCY = 10_000
export const MAX_TURNS = 10_000
export const MAX_TOKENS = 10_000_000

type Reader<T> = (text: string) => T

function badValue(flag: string, text: string, accepted: string, hint: string): AgentError {
  return new AgentError('bad-value', `${flag}: ${JSON.stringify(text)} is not ${accepted}`, { exit: 'usage', hint })
}

export function readDuration(flag: string): Reader<number> {
  return (text) => {
    const ms = parseDuration(text)
    if (ms !== null) return ms
    throw badValue(
      flag,
      text,
      'a duration between 1ms and 24 days',
      `write it with a unit: ${flag} 500ms, 30s, 2m or 1h`,
    )
  }
}

export function readWholeNumber(flag: string, max: number, example: number): Reader<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : 0
    if (value >= 1 && value <= max) return value
    throw badValue(flag, text, `a whole number from 1 to ${max}`, `for example ${flag} ${example}`)
  }
}

export function readOneOf<T extends string>(flag: string, values: readonly T[], example: T): Reader<T> {
  return (text) => {
    const value = values.find((known) => known === text)
    if (value !== undefined) return value
    throw badValue(flag, text, `one of ${values.join(', ')}`, `for example ${flag} ${example}`)
  }
}

/** Something must be there: an empty shell variable is a mistake, not a value. */
export function readText(flag: string): Reader<string> {
  return (text) => {
    if (text.trim() !== '') return text
    throw badValue(flag, text, 'a value', `leave ${flag} out, or give it one`)
  }
}

/** A name or a path. One that looks like an option is the next option, whose place this value forgot. */
export function readWord(flag: string, example: string): Reader<string> {
  const read = readText(flag)
  return (text) => {
    if (!text.startsWith('-')) return read(text)
    throw badValue(flag, text, 'a value: it looks like an option', `for example ${flag} ${example}`)
  }
}

/** One value more for an option that may be repeated; repeatable options never take several at once. */
export function collectWords(flag: string, example: string): (text: string, before: string[] | undefined) => string[] {
  const read = readWord(flag, example)
  return (text, before) => [...(before ?? []), read(text)]
}

/** Names, repeated or with commas between them. */
export function collectNames(flag: string): (text: string, before: string[] | undefined) => string[] {
  return (text, before) => {
    const names = text.split(',').map((name) => name.trim())
    if (names.every((name) => name !== '' && !name.startsWith('-'))) return [...(before ?? []), ...names]
    throw badValue(flag, text, 'a list of names', `for example ${flag} get_weather,get_time`)
  }
}

/** Flags that contradict each other. The first of the table that applies is reported. */
export function refuseConflicts(flags: AskFlags): void {
  const conflicts: [boolean, string, string][] = [
    [
      flags.json && flags.jsonl,
      '--json and --jsonl exclude each other',
      'take --json for one document, --jsonl for events',
    ],
    [flags.quiet && flags.verbose, '-q and -v exclude each other', 'leave one of them out'],
    [flags.quiet && flags.debug, '-q and --debug exclude each other', 'leave one of them out'],
    [
      flags.sequential && (flags.concurrency ?? 1) > 1,
      `--sequential and -j ${flags.concurrency} exclude each other`,
      '--sequential means -j 1; leave one of them out',
    ],
    [
      flags.offline && flags.baseUrl !== null,
      '--offline and --base-url exclude each other',
      'the offline model talks to no server; leave one of them out',
    ],
    [
      flags.offline && flags.model !== null && flags.model !== 'offline',
      `--offline and --model ${JSON.stringify(flags.model)} exclude each other`,
      '--offline is a model of its own; leave one of them out',
    ],
    [
      flags.protocol === 'text' && (flags.offline || flags.model === 'offline'),
      '--offline and --protocol text exclude each other',
      'the offline model reads and writes no text; leave one of them out',
    ],
    [
      flags.model === 'offline' && flags.baseUrl !== null,
      '--model offline and --base-url exclude each other',
      'the offline model talks to no server; leave one of them out',
    ],
    [
      flags.jsonl && flags.dryRun,
      '--jsonl and --dry-run exclude each other',
      '--dry-run prints one JSON document; leave --jsonl out',
    ],
  ]
  for (const [applies, message, hint] of conflicts) {
    if (applies) throw new AgentError('conflicting-flags', message, { exit: 'usage', hint })
  }
}
