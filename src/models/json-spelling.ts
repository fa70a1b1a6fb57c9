/**
 * Which characters and words JSON is made of, and which of those that models write in their place can
 * only mean one thing. Pure predicates; json-scanner.ts asks them.
 */

/** Longer than any number or key that somebody writes without quotes. */
export const MAX_WORD_LENGTH = 64

const SPACE = /[\s\ufeff]/
const DELIMITER = /[\s,:{}[\]"'/#]/
/** Those of JSON, and the single quote that Python escapes. */
const ESCAPES = `"\\/bfnrtu'`
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
const CONSTANTS = new Set(['true', 'false', 'null', 'True', 'False', 'None'])

export function isSpace(character: string): boolean {
  return SPACE.test(character)
}

/** Whether a word without quotes ends before it. */
export function isDelimiter(character: string): boolean {
  return DELIMITER.test(character)
}

/** Whether a backslash may stand before it. */
export function isEscape(character: string): boolean {
  return ESCAPES.includes(character)
}

export function isBareKey(word: string): boolean {
  return IDENTIFIER.test(word)
}

/** Numbers and constants. NaN, `undefined` and words are no values: jsonrepair would make strings of them. */
export function isBareValue(word: string): boolean {
  return NUMBER.test(word) || CONSTANTS.has(word)
}

/** What a string of JSON holds only as an escape; models break lines in the middle of one. */
export function isControl(character: string): boolean {
  return character < ' '
}
