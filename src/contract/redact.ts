/**
 * Keeps secrets out of what is shown: the model's credentials, the values of variables that look
 * like secrets, and what has the shape of a well-known token become `[redacted]`. It does not know
 * the environment; config.ts says which values are secret.
 */

import type { JsonValue } from './json.ts'
import { isJsonObject } from './json.ts'
import { openPrivateKey, PRIVATE_KEY, PRIVATE_KEY_START, TOKEN_SHAPES } from './token-shape.ts'

const REDACTED = '[redacted]'

/** A shorter value of a variable is a word like any other. */
const MIN_SECRET = 8
/** A shorter credential is a stand-in (`x`, `key`) that a local server asks for. */
const MIN_CREDENTIAL = 4
/** Of a shorter credential no part is long enough to tell it by. */
const MIN_CUT_CREDENTIAL = 16
/** No token is longer; how far back its start is looked for. */
const MAX_TOKEN = 16 * 1024
/** JSON.stringify goes as deep as its stack; no picture of a run needs more than this. */
const MAX_DEPTH = 1000

export interface Redactor {
  (text: string): string
  /**
   * For text that comes in pieces: redacts all but an end in which a secret may have begun.
   * @param maxHeld  a longer end is redacted as it stands
   */
  split(text: string, maxHeld: number): { shown: string; held: string }
}

/**
 * @param credentials  replaced everywhere, and where a shortened message has cut them too, unless less than
 *                     half is left; one of fewer than 8 characters only as a whole word
 * @param secrets      replaced where they have at least 8 characters
 * @param shapes       whether what looks like a token or a private key is replaced too
 */
export function openRedactor(
  known: { credentials: readonly string[]; secrets: readonly string[] },
  { shapes = true }: { shapes?: boolean } = {},
): Redactor {
  const long = [...known.credentials, ...known.secrets].filter((value) => value.trim().length >= MIN_SECRET)
  const words = known.credentials.filter((value) => value.length >= MIN_CREDENTIAL && value.length < MIN_SECRET)
  const literals = [...new Set(long.flatMap(spellings))].sort((a, b) => b.length - a.length)
  const sources = [
    ...literals.map(escapeRegExp),
    ...known.credentials.filter((value) => value.length >= MIN_CUT_CREDENTIAL).flatMap(halves),
    ...words.map((word) => `(?<![\\w-])${escapeRegExp(word)}(?![\\w-])`),
    ...(shapes ? [...TOKEN_SHAPES.map((shape) => shape.whole), PRIVATE_KEY] : []),
  ]
  // Of nothing: what never matches.
  const pattern = new RegExp(sources.join('|') || '(?!)', 'g')
  const starts = [...literals, ...words, ...TOKEN_SHAPES.flatMap((shape) => shape.starts), PRIVATE_KEY_START]
  const bodies = TOKEN_SHAPES.map((shape) => ({ starts: shape.starts, trailing: new RegExp(`[^${shape.body}]`) }))

  const redact = (text: string): string => (sources.length === 0 ? text : text.replace(pattern, REDACTED))
  const unfinishedFrom = (text: string): number => {
    let from = text.length
    for (const start of starts) from = Math.min(from, unfinishedStart(text, start))
    for (const body of bodies) from = Math.min(from, unfinishedBody(text, body.starts, body.trailing))
    const key = openPrivateKey(text)
    return key >= 0 ? Math.min(from, key) : from
  }
  const split = (text: string, maxHeld: number): { shown: string; held: string } => {
    const from = unfinishedFrom(text)
    if (from === text.length || text.length - from > maxHeld) return { shown: redact(text), held: '' }
    let shown = ''
    let at = 0
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length
      // a cut inside of a whole secret would show one half of it: it waits as a whole
      if (end > from) {
        const cut = Math.min(match.index, from)
        if (text.length - cut > maxHeld) return { shown: redact(text), held: '' }
        return { shown: shown + text.slice(at, cut), held: text.slice(cut) }
      }
      shown += text.slice(at, match.index) + REDACTED
      at = end
    }
    return { shown: shown + text.slice(at, from), held: text.slice(from) }
  }
  return Object.assign(redact, { split })
}

/** Redacts every string of a JSON value, keys included; of two keys that become one, both are kept. */
export function redactJson(value: JsonValue, redact: (text: string) => string): JsonValue {
  return redactNested(value, redact, 0)
}

function redactNested(value: JsonValue, redact: (text: string) => string, depth: number): JsonValue {
  if (typeof value === 'string') return redact(value)
  if (depth > MAX_DEPTH && typeof value === 'object' && value !== null) return '[nested too deep]'
  if (Array.isArray(value)) return value.map((item) => redactNested(item, redact, depth + 1))
  if (!isJsonObject(value)) return value
  const members = new Map<string, JsonValue>()
  for (const [key, member] of Object.entries(value)) {
    members.set(freeKey(members, redact(key)), redactNested(member, redact, depth + 1))
  }
  // fromEntries defines its keys, so `__proto__` stays data
  return Object.fromEntries(members)
}

function freeKey(taken: ReadonlyMap<string, unknown>, key: string): string {
  if (!taken.has(key)) return key
  let count = 2
  while (taken.has(`${key} ${count}`)) count += 1
  return `${key} ${count}`
}

/** As it is, inside JSON, inside a URL, and in base64 as a whole. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(bytes.toString('utf8')),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ]
}

/** Its first half with what follows in the same word, and its second half. */
function halves(credential: string): string[] {
  const half = Math.ceil(credential.length / 2)
  return [`${escapeRegExp(credential.slice(0, half))}[\\w~+/=-]*`, escapeRegExp(credential.slice(-half))]
}

/** Where the end of `text` is the beginning of `needle`, but not all of it. */
function unfinishedStart(text: string, needle: string): number {
  const first = needle.charAt(0)
  let at = text.indexOf(first, Math.max(text.length - needle.length + 1, 0))
  while (at >= 0) {
    if (needle.startsWith(text.slice(at))) return at
    at = text.indexOf(first, at + 1)
  }
  return text.length
}

/** Where a start is followed by nothing but its body up to the end of `text`. */
function unfinishedBody(text: string, starts: readonly string[], other: RegExp): number {
  let run = text.length
  const furthest = Math.max(text.length - MAX_TOKEN, 0)
  while (run > furthest && !other.test(text.charAt(run - 1))) run -= 1
  let from = text.length
  for (const start of starts) {
    const at = text.indexOf(start, Math.max(run - start.length, 0))
    if (at >= 0) from = Math.min(from, at)
  }
  return from
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
