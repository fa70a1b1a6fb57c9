/**
 * Finds `NAME({...json...})` in a question: the form in which any tool, whatever its effect, can be
 * called through the offline model. The JSON is parsed strictly; nothing is repaired.
 */
import type { JsonObject } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'

export type PlannedCall = { name: string; input: JsonObject }

export type Explicit =
  | { type: 'none' }
  | { type: 'calls'; calls: PlannedCall[] }
  /** A known tool was named, and what stands in its brackets is no JSON object. */
  | { type: 'unreadable'; name: string; reason: string }

/**
 * @param known  whether a tool has this name. An unknown name counts as a call only with whole JSON
 *               behind it: anything else with a bracket and a brace may be prose or code.
 */
export function findExplicitCalls(question: string, known: (name: string) => boolean): Explicit {
  const calls: PlannedCall[] = []
  const opening = /(?<![A-Za-z0-9_.-])([A-Za-z0-9_-]{1,64})\(\s*(?=\{)/g
  for (let match = opening.exec(question); match !== null; match = opening.exec(question)) {
    const name = match[1] ?? ''
    const parsed = parseArgument(question, opening.lastIndex)
    if (parsed.type === 'object') {
      calls.push({ name, input: parsed.input })
      opening.lastIndex = parsed.end
    } else if (known(name)) {
      return { type: 'unreadable', name, reason: parsed.reason }
    }
  }
  return calls.length === 0 ? { type: 'none' } : { type: 'calls', calls }
}

type Argument = { type: 'object'; input: JsonObject; end: number } | { type: 'unreadable'; reason: string }

/** @param start  the place of the opening brace */
function parseArgument(text: string, start: number): Argument {
  const end = balancedEnd(text, start)
  if (end === null) return { type: 'unreadable', reason: 'its braces do not close' }
  const closing = /^\s*\)/.exec(text.slice(end, end + 100))
  if (closing === null) return { type: 'unreadable', reason: 'a ")" is missing behind the braces' }
  try {
    const input: unknown = JSON.parse(text.slice(start, end))
    // what JSON.parse returns is JSON
    if (isJsonObject(input)) return { type: 'object', input, end: end + closing[0].length }
  } catch (error) {
    return { type: 'unreadable', reason: error instanceof Error ? error.message : String(error) }
  }
  return { type: 'unreadable', reason: 'it is no JSON object' }
}

/** The place behind the brace that closes the one at `start`; braces within strings do not count. */
function balancedEnd(text: string, start: number): number | null {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at += 1) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth += 1
    else if (character === '}') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return null
}
