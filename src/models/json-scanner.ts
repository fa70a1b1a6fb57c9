/**
 * Finds where objects end in JSON as models write it, character by character: an object, or a list
 * whose objects are told one by one. It forgives the spelling (quotes of both kinds, trailing
 * commas, bare keys, Python's words, comments) and nothing else. Whatever would leave open what was
 * meant (a word for a value, a quote inside a string, a bracket or comma too few, an escape that JSON
 * does not have) is damage: a repair may change the notation, it must never guess at the content.
 */
import { isBareKey, isBareValue, isControl, isDelimiter, isEscape, isSpace, MAX_WORD_LENGTH } from './json-spelling.ts'

export interface ScanListener {
  /**
   * An object that stands alone has ended, or one of the list has ended and the list went on (a comma
   * and the first character of what follows it) or ended too.
   *
   * @param text  as it was written, but without its comments and with its strings in JSON's spelling
   */
  onObject(text: string): void
  /** A member of the list that is no object. */
  onOther(): void
}

/** What a character did: nothing yet, the end of the whole, or why it cannot be read. */
export type Step = { type: 'more' } | { type: 'end' } | { type: 'damage'; reason: string }

export interface JsonScanner {
  /** The first one must be `{` or `[`. */
  step(character: string): Step
  /** Whether the object that was not told yet, open or ended, has a key that only calls have. */
  readonly likeCall: boolean
  /** Whether no key of it is known yet, so that it may become anything. */
  readonly keyless: boolean
  /** What stands behind its key `tool`, once that is whole. */
  readonly toolName: string | null
}

type Mode = 'structure' | 'string' | 'escape' | 'word' | 'slash' | 'line' | 'block' | 'star'
type Expected = 'value' | 'element' | 'key' | 'colon' | 'comma'
/** Why the character cannot stand there; null: it can. */
type Damage = string | null

/** As deep as contract/json.ts lets a value be. */
const MAX_DEPTH = 500
const MORE: Step = { type: 'more' }
const END: Step = { type: 'end' }

/** @param listener  called in the middle of a `step` */
export function openJsonScanner(listener: ScanListener): JsonScanner {
  const open: string[] = []
  let mode: Mode = 'structure'
  let expected: Expected = 'value'
  /** How deep the objects stand that are told. */
  let itemDepth = 1
  let item: string | null = null
  let ended: string | null = null
  let quote = ''
  let token = ''
  let key = ''
  let keys: string[] = []
  let toolName: string | null = null

  function step(character: string): Step {
    let damage: Damage = null
    if (mode === 'word' && isDelimiter(character)) damage = wordEnds()
    damage ??= mode === 'structure' ? structure(character) : inToken(character)
    if (damage !== null) return { type: 'damage', reason: damage }
    return open.length === 0 ? END : MORE
  }

  function inToken(character: string): Damage {
    switch (mode) {
      case 'string':
        if (character === '\\') mode = 'escape'
        else if (character === quote) stringEnds()
        else
          addToString(
            character === '"' ? '\\"' : isControl(character) ? JSON.stringify(character).slice(1, -1) : character,
          )
        return null
      case 'escape':
        addToString(character === "'" ? character : `\\${character}`)
        mode = 'string'
        return isEscape(character) ? null : `JSON has no escape "\\${character}"; a backslash is written twice`
      case 'word':
        write(character)
        token += character
        return token.length > MAX_WORD_LENGTH ? `"${token}" stands without quotes` : null
      default:
        return inComment(character)
    }
  }

  /** Strings are written as JSON's here, where it is known how they were quoted; jsonrepair would mistake some. */
  function addToString(written: string): void {
    write(written)
    token += written
  }

  function inComment(character: string): Damage {
    if (mode === 'slash') {
      if (character !== '/' && character !== '*') return 'a "/" stands outside of a string'
      mode = character === '/' ? 'line' : 'block'
    } else if (mode === 'line') {
      if (character === '\n') mode = 'structure'
    } else if (mode === 'star' && character === '/') mode = 'structure'
    else mode = character === '*' ? 'star' : 'block'
    return null
  }

  function structure(character: string): Damage {
    switch (character) {
      case '/':
        mode = 'slash'
        return null
      case '#':
        mode = 'line'
        return null
      case ':':
        return colon()
      case ',':
        return comma()
      case '}':
      case ']':
        return close(character)
      case '{':
      case '[':
        return begin(character)
      default:
        if (!isSpace(character)) return beginToken(character)
        write(character)
        return null
    }
  }

  function colon(): Damage {
    if (expected !== 'colon') return unexpected(':')
    if (open.length === itemDepth) keys.push(key)
    expected = 'value'
    write(':')
    return null
  }

  function comma(): Damage {
    if (expected !== 'comma') return unexpected(',')
    expected = open.at(-1) === '{' ? 'key' : 'element'
    write(',')
    return null
  }

  function begin(bracket: string): Damage {
    if (expected !== 'value' && expected !== 'element') return unexpected(bracket)
    if (open.length >= MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`
    if (open.length === 0) itemDepth = bracket === '[' ? 2 : 1
    if (open.length === itemDepth - 1) beginItem(bracket === '{')
    open.push(bracket)
    expected = bracket === '{' ? 'key' : 'element'
    write(bracket)
    return null
  }

  /** A member of the list begins, so the one before it is settled; or the object that stands alone. */
  function beginItem(isObject: boolean): void {
    settle()
    keys = []
    toolName = null
    if (isObject) item = ''
    else listener.onOther()
  }

  function close(bracket: string): Damage {
    const opened = bracket === '}' ? '{' : '['
    if (open.at(-1) !== opened || expected === 'value' || expected === 'colon') return unexpected(bracket)
    write(bracket)
    open.pop()
    expected = 'comma'
    if (item !== null && open.length === itemDepth - 1) {
      ended = item
      item = null
    }
    if (open.length === 0) settle()
    return null
  }

  function settle(): void {
    if (ended !== null) listener.onObject(ended)
    ended = null
  }

  function beginToken(character: string): Damage {
    const isQuote = character === '"' || character === "'"
    if (expected === 'colon' || expected === 'comma') return unexpected(character)
    if (expected !== 'key' && open.length === itemDepth - 1) beginItem(false)
    token = isQuote ? '' : character
    quote = character
    mode = isQuote ? 'string' : 'word'
    write(isQuote ? '"' : character)
    return null
  }

  function stringEnds(): void {
    write('"')
    if (open.length === itemDepth && expected === 'value' && key === 'tool') toolName = token
    tokenEnds()
  }

  function wordEnds(): Damage {
    const isWord = expected === 'key' ? isBareKey(token) : isBareValue(token)
    tokenEnds()
    return isWord ? null : `"${token}" stands without quotes`
  }

  function tokenEnds(): void {
    mode = 'structure'
    if (expected === 'key') key = token
    expected = expected === 'key' ? 'colon' : 'comma'
  }

  function unexpected(character: string): string {
    const what = expected === 'colon' ? 'a ":"' : expected === 'comma' ? 'a "," or the end' : `a ${expected}`
    return `${what} was expected in place of ${JSON.stringify(character)}`
  }

  function write(character: string): void {
    if (item !== null) item += character
  }

  return {
    step,
    get likeCall() {
      return keys.includes('tool') || keys[0] === 'inputs'
    },
    get keyless() {
      return keys.length === 0
    },
    get toolName() {
      return toolName
    },
  }
}
