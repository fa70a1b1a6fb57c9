/**
 * How the values of options are read: each by its own syntax, with a message that names what is
 * accepted and a hint that can be typed. What is typed for one tool or for all is read in
 * flags-policies.ts.
 */
import { AgentError } from './contract/error.ts'
import { parseDuration } from './duration.ts'

export type Reader<T> = (text: string) => T

export function badValue(flag: string, text: string, accepted: string, hint: string): AgentError {
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

/** US dollars. */
export function readMoney(flag: string, min: number, max: number): Reader<number> {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : 0
    if (value >= min && value <= max) return value
    throw badValue(flag, text, `an amount of US dollars from ${min} to ${max}`, `for example ${flag} 0.50`)
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
