/**
 * Takes out of a text what could steer a terminal or hide from a reader: escape sequences, control
 * characters, bidi controls, invisible format characters. What people write (newline, tab, emoji
 * joined with U+200D, Persian with U+200C) stays. It is for prose and stderr; JSON escapes instead
 * (safe-json.ts).
 */

/**
 * Controls and format characters but for newline, tab, the two joiners, and the signs of Arabic,
 * Syriac and Kaithi that Unicode files under "format" although they are seen.
 */
const HIDDEN =
  /(?![\n\t\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const HIDDEN_FROM = new RegExp(HIDDEN.source, 'gu')

/** Longer sequences are no sequences: nothing may swallow an answer by opening one and never ending it. */
const MAX_SEQUENCE = 4096

/** Where the text stands: in itself, behind ESC, inside CSI, inside a string (OSC, DCS, ...), behind ESC in one. */
type State = 'text' | 'escape' | 'control' | 'string' | 'string-escape'

export interface Sanitizer {
  /** Returns what of the text so far is safe to show; an open sequence is waited for. */
  push(text: string): string
  /** What was held back; the sanitizer starts anew. */
  end(): string
}

export function sanitize(text: string): string {
  if (!HIDDEN.test(text)) return text
  const sanitizer = openSanitizer()
  return sanitizer.push(text) + sanitizer.end()
}

/** For text that comes in pieces: a sequence that is split over two of them does not get through. */
export function openSanitizer(): Sanitizer {
  let state: State = 'text'
  let length = 0
  /** First half of a character, at the end of a piece. */
  let half = ''

  const push = (piece: string): string => {
    let text = half + piece
    half = ''
    if (isHighSurrogate(text.charCodeAt(text.length - 1))) {
      half = text.slice(-1)
      text = text.slice(0, -1)
    }
    if (state === 'text' && !HIDDEN.test(text)) return text
    let shown = ''
    let at = 0
    while (at < text.length) {
      if (state === 'text') {
        // what lies between two sequences is taken in one piece
        const hidden = nextHidden(text, at)
        shown += text.slice(at, hidden)
        at = hidden
        if (at === text.length) break
      }
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
      const before = state
      state = length >= MAX_SEQUENCE ? 'text' : next(state, character)
      length = state === 'text' ? 0 : length + 1
      if (state === 'text' && isShown(before, character)) shown += visible(character)
      at += character.length
    }
    return shown
  }
  const end = (): string => {
    const rest = half === '' ? '' : '\ufffd'
    state = 'text'
    length = 0
    half = ''
    return rest
  }
  return { push, end }
}

function nextHidden(text: string, from: number): number {
  HIDDEN_FROM.lastIndex = from
  return HIDDEN_FROM.exec(text)?.index ?? text.length
}

function next(state: State, character: string): State {
  const code = character.codePointAt(0) ?? 0
  if (code === 0x1b) return state === 'string' ? 'string-escape' : 'escape'
  if (state === 'string-escape') return character === '\\' ? 'text' : next('escape', character)
  if (state === 'string') return endsString(code) ? 'text' : 'string'
  if (state === 'control') return code >= 0x20 && code <= 0x3f ? 'control' : opened(code)
  if (state === 'escape') {
    if (character === '[') return 'control'
    if ('PX]^_'.includes(character)) return 'string'
    return code >= 0x20 && code <= 0x2f ? 'escape' : opened(code)
  }
  return opened(code)
}

/** The sequences that one character of C1 opens; every other character is, or ends in, text. */
function opened(code: number): State {
  if (code === 0x9b) return 'control'
  return code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f) ? 'string' : 'text'
}

/** BEL, ST, CAN, SUB; a newline too, which no sequence in earnest holds. */
function endsString(code: number): boolean {
  return code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a || code === 0x0a
}

/** Whether a character that has led to text is part of the text, and not the end of a sequence. */
function isShown(before: State, character: string): boolean {
  if (before === 'text') return true
  if (character === '\n') return true
  const code = character.codePointAt(0) ?? 0
  if (before === 'control') return code < 0x40 || code > 0x7e
  if (before === 'escape') return code < 0x30 || code > 0x7e
  return false
}

function visible(character: string): string {
  if (character === '\u2028' || character === '\u2029') return '\n'
  return HIDDEN.test(character) ? '' : character
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
