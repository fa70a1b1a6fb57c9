/**
 * What a call is called in one line: its tool and the most telling value of its input, as in
 * `get_weather San Francisco`. The whole input is in the transcript.
 */

import type { JsonObject, JsonValue } from '../contract/json.ts'
import { cleanLine } from './clean-line.ts'

const MAX_VALUES = 3
/** Longer than any window is wide. */
const MAX_VALUE = 300

/**
 * @param tool    as the model wrote it: not always the name of a tool
 * @param redact  takes secrets out of names and values
 */
export function callLabel(tool: string, input: JsonObject, redact: (text: string) => string): string {
  const values = Object.values(input).flatMap(told).slice(0, MAX_VALUES)
  const clean = (text: string) => cleanLine(text.slice(0, MAX_VALUE * 4), redact).slice(0, MAX_VALUE)
  return [tool, ...values].map(clean).join(' ')
}

/** Scalars as they are, lists of scalars joined; objects tell too little in one line. */
function told(value: JsonValue): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value]
  if (typeof value === 'number') return [String(value)]
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_VALUES * 4).filter((item) => typeof item === 'string' || typeof item === 'number')
    return items.length === 0 ? [] : [items.join(' ')]
  }
  return []
}
