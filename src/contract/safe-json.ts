/**
 * JSON that may be looked at in a terminal: what could steer it, or hide in it, is written as an
 * escape. `JSON.stringify` does so for C0 only; C1 (U+009B opens a sequence), bidi controls, line
 * separators and invisible characters pass through it as they are.
 */
import type { JsonValue } from './json.ts'

/** Newlines between the members are ours; those inside strings are escapes already. The joiners of emoji stay. */
const UNSEEN = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * @param indent  spaces a level; 0: one line
 */
export function safeJson(value: JsonValue, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN, escaped)
}

function escaped(character: string): string {
  let text = ''
  for (let index = 0; index < character.length; index += 1) {
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }
  return text
}
