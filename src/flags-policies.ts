/**
 * How policies are typed: `5s` for all tools, `NAME=5s` for one or for those of a glob, with commas
 * between several. Each reader gives what was said of which tools; who has the last word is decided in
 * config.ts.
 */
import type { SlotsConfig } from './contract/config.ts'
import type { RateLimit } from './contract/policy.ts'
import { MAX_ATTEMPTS, MAX_CONCURRENCY } from './contract/policy-check.ts'
import type { ToolOverride, ToolSaying } from './contract/tool-override.ts'
import { checkToolOverride, isToolPattern } from './contract/tool-override.ts'
import { parseDuration } from './duration.ts'
import { badValue } from './flags-readers.ts'

/** Adds what a flag says to what those before it said. */
export type SayingReader = (text: string, before: readonly ToolSaying[]) => ToolSaying[]

type Syntax = {
  /** What one value says; null: it is none. */
  parse: (text: string) => ToolOverride | null
  /** What a value is, for the message. */
  accepted: string
  /** Of a value. */
  example: string
  /** Whether a name must stand before it. */
  named?: boolean
}

function readSayings(flag: string, { parse, accepted, example, named = false }: Syntax): SayingReader {
  const hint = named ? `for example ${flag} get_weather=${example}` : `for example ${flag} ${example}`
  const hints = named ? hint : `${hint}, or ${flag} get_weather=${example}`
  return (text, before) => {
    const said = text.split(',').map((part): ToolSaying => {
      const at = part.lastIndexOf('=')
      const pattern = at < 0 ? null : part.slice(0, at).trim()
      const says = parse(part.slice(at + 1).trim())
      if (pattern === null ? named : !isToolPattern(pattern)) {
        const what = pattern === null ? 'NAME=N' : `NAME=VALUE: ${JSON.stringify(pattern)} is no tool name or glob`
        throw badValue(flag, text, what, hints)
      }
      if (says === null) throw badValue(flag, text, accepted, hints)
      const { fault } = checkToolOverride(says)
      if (fault !== null) throw badValue(flag, text, `${accepted}: ${fault.reason}`, hints)
      return { from: flag, flag, pattern, says }
    })
    return [...before, ...said]
  }
}

export const readToolTimeout = readSayings('--tool-timeout', {
  parse: (text) => duration(text, (timeout_ms) => ({ timeout_ms })),
  accepted: 'a duration between 1ms and 24 days',
  example: '5s',
})

export const readToolDeadline = readSayings('--tool-deadline', {
  parse: (text) => orOff(text, { deadline_ms: false }, () => duration(text, (deadline_ms) => ({ deadline_ms }))),
  accepted: 'a duration between 1ms and 24 days, or off',
  example: '20s',
})

export const readToolRetries = readSayings('--tool-retries', {
  parse(text) {
    const retries = /^\d{1,9}$/.test(text) ? Number(text) : -1
    return retries < 0 || retries >= MAX_ATTEMPTS ? null : { retry: { max_attempts: retries + 1 } }
  },
  accepted: `a whole number from 0 to ${MAX_ATTEMPTS - 1}`,
  example: '2',
})

export const readRateLimit = readSayings('--rate-limit', {
  parse: (text) => orOff(text, { rate_limit: false }, () => ratio(text, (rate_limit) => ({ rate_limit }))),
  accepted: 'a number of calls in a time, or off',
  example: '5/s',
})

export const readBreaker = readSayings('--breaker', {
  parse: (text) =>
    orOff(text, { breaker: false }, () =>
      ratio(text, ({ limit, per_ms }) => ({ breaker: { failures: limit, open_ms: per_ms } })),
    ),
  accepted: 'failures and the time that it stays open, or off',
  example: '5/30s',
})

export const readMaxConcurrent = readSayings('--max-concurrent', {
  parse: (text) => (/^\d{1,9}$/.test(text) ? { max_concurrency: Number(text) } : null),
  accepted: `NAME=N with a whole number from 1 to ${MAX_CONCURRENCY}`,
  example: '2',
  named: true,
})

/** Names or globs that all have this said of them. */
export function readNamesThat(flag: string, says: ToolOverride): SayingReader {
  return (text, before) => {
    const patterns = text.split(',').map((name) => name.trim())
    if (!patterns.every((name) => isToolPattern(name) && !name.startsWith('-')))
      throw badValue(flag, text, 'a list of names or globs', `for example ${flag} get_weather,get_time`)
    return [...before, ...patterns.map((pattern) => ({ from: flag, flag, pattern, says }))]
  }
}

const SLOT_KINDS: readonly (keyof SlotsConfig)[] = ['threads', 'commands', 'mcp']

/** `threads=4,mcp=2` */
export function readSlots(text: string, before: Partial<SlotsConfig>): Partial<SlotsConfig> {
  const slots = { ...before }
  for (const part of text.split(',')) {
    const [, name = '', number = ''] = /^\s*([^=]*?)\s*=\s*(\d{1,9})\s*$/.exec(part) ?? []
    const kind = SLOT_KINDS.find((known) => known === name)
    const count = Number(number)
    if (kind === undefined || count < 1 || count > MAX_CONCURRENCY) {
      const accepted = `KIND=N with a kind of ${SLOT_KINDS.join(', ')} and a whole number from 1 to ${MAX_CONCURRENCY}`
      throw badValue('--slots', text, accepted, 'for example --slots commands=4,mcp=2')
    }
    slots[kind] = count
  }
  return slots
}

function orOff(text: string, off: ToolOverride, otherwise: () => ToolOverride | null): ToolOverride | null {
  return text === 'off' ? off : otherwise()
}

function duration(text: string, says: (ms: number) => ToolOverride): ToolOverride | null {
  const ms = parseDuration(text)
  return ms === null ? null : says(ms)
}

/** `5/s`, `5/10s`, `100/m`: so many in a time. */
function ratio(text: string, says: (rate: RateLimit) => ToolOverride): ToolOverride | null {
  const [, count = '', time = ''] = /^(\d{1,9})\/(.+)$/.exec(text) ?? []
  const perMs = parseDuration(/^(ms|s|m|h)$/.test(time) ? `1${time}` : time)
  return perMs === null ? null : says({ limit: Number(count), per_ms: perMs })
}
