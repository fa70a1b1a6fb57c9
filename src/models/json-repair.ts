/**
 * The door to jsonrepair: spells JSON that a model wrote by hand (single quotes, trailing commas,
 * keys without quotes, Python's words) as JSON. It is given only what json-scanner.ts has seen the
 * end of and found no doubt in: by itself jsonrepair completes cut input, takes words for strings
 * and drops the backslash of `"\d"`.
 */
import { jsonrepair } from 'jsonrepair'

/**
 * Longer text is not repaired. Trailing commas cost jsonrepair time by the square of the length:
 * 1.2 MB of them took 30 s, in which no timer of ours would run; at this length it is 0.1 s.
 */
const MAX_REPAIRED_LENGTH = 65_536

/** @returns null where the text is too long, or no JSON for jsonrepair either */
export function repairJson(text: string): string | null {
  if (text.length > MAX_REPAIRED_LENGTH) return null
  try {
    return jsonrepair(text)
  } catch {
    return null
  }
}
