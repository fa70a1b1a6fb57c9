/**
 * Makes JSON text of whatever a tool returns. It never throws for a value, and what it writes is
 * always valid JSON of well-formed Unicode. Values that JSON has no word for become:
 *
 * | value | JSON |
 * |---|---|
 * | undefined, NaN, Infinity, an invalid Date | null |
 * | BigInt | its digits, as a string |
 * | Date, URL, anything with `toJSON` | what `toJSON` says |
 * | RegExp, symbol | as a string |
 * | function, class | "[function name]" |
 * | Map | an object where all keys are strings or numbers, else a list of pairs |
 * | Set, typed arrays of numbers, what yields its values one by one | a list |
 * | Headers, URLSearchParams, FormData | an object; a list, where a name stands several times |
 * | Response, Blob, stream, what yields its values asynchronously | "[unread Response]"; by itself: yielded.ts |
 * | Buffer, Uint8Array, ArrayBuffer, DataView | { "base64": ..., "bytes": n }, the first 256 KiB |
 * | Error | { "name", "message" } and its own fields |
 * | a cycle | "[circular]" |
 * | more than 500 levels | "[too deep]" |
 * | a getter that throws | "[unreadable]" |
 * | lone surrogates | U+FFFD |
 *
 * Keys such as `__proto__` stay data.
 */
import type { JsonValue } from '../contract/json.ts'
import { type KeptOutput, openKeptOutput } from '../contract/kept-output.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'
import { wellFormed } from '../contract/well-formed.ts'
import { writeJson } from './large-json.ts'
import { hasPairs, lazyValue } from './lazy-value.ts'
import { stringify } from './own-json.ts'

const MAX_DEPTH = 500
/** Of what a value yields that is part of another; one may have no end. */
const MAX_YIELDED = 100_000
export const MAX_BINARY_BYTES = 256 * 1024

export type JsonText = { text: string; bytes: number; truncated: boolean }

/**
 * @param maxBytes  of what is kept; a larger value becomes a JSON string of its head and tail
 * @param parents   what the value is in
 * @returns         `bytes`: of the whole value; for a string, of the string itself
 */
export function jsonText(value: unknown, maxBytes: number, parents: readonly object[] = []): JsonText {
  const plain = typeof value === 'string' ? value : toJson(value, parents)
  if (typeof plain === 'string') {
    const bytes = Buffer.byteLength(plain)
    const truncated = bytes > maxBytes
    return { text: stringify(wellFormed(truncated ? keepHeadAndTail(plain, maxBytes) : plain)), bytes, truncated }
  }
  const text = textOf(plain)
  if (text === null) return largeText(plain, maxBytes)
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes) return { text, bytes, truncated: false }
  return { text: stringify(keepHeadAndTail(text, maxBytes)), bytes, truncated: true }
}

/** @returns null where it is longer than a string can be */
function textOf(plain: JsonValue): string | null {
  try {
    return stringify(plain)
  } catch {
    return null
  }
}

function largeText(plain: JsonValue, maxBytes: number): JsonText {
  const kept = openKeptOutput(maxBytes)
  writeJson(plain, (piece) => kept.add(Buffer.from(piece)))
  return keptJson(kept)
}

/** @param kept  JSON text */
export function keptJson(kept: KeptOutput): JsonText {
  return kept.truncated ? keptText(kept) : { text: kept.text(), bytes: kept.totalBytes, truncated: false }
}

/** @param kept  any text */
export function keptText(kept: KeptOutput): JsonText {
  return { text: stringify(kept.text()), bytes: kept.totalBytes, truncated: kept.truncated }
}

function toJson(value: unknown, parents: readonly object[]): JsonValue {
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'boolean':
      return value
    case 'bigint':
      return value.toString()
    case 'symbol':
      return wellFormed(value.toString())
    case 'function':
      return functionText(value)
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : objectToJson(value, parents)
    default:
      return null
  }
}

function functionText(value: object): string {
  try {
    return wellFormed(`[function ${'name' in value ? String(value.name) : ''}]`.replace(' ]', ']'))
  } catch {
    return '[unreadable]'
  }
}

function objectToJson(value: object, parents: readonly object[]): JsonValue {
  if (parents.includes(value)) return '[circular]'
  if (parents.length >= MAX_DEPTH) return '[too deep]'
  try {
    return readObject(value, [...parents, value])
  } catch {
    return '[unreadable]'
  }
}

function readObject(value: object, path: readonly object[]): JsonValue {
  if (Array.isArray(value)) return Array.from(value, (item) => toJson(item, path))
  if (isPlain(value)) return membersToJson(value, path)
  const binary = bytesOf(value)
  if (binary) return binaryJson(binary, binary.length)
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, (item) => toJson(item, path)) // every view but DataView, which bytesOf took
  if (value instanceof Map) return mapToJson(value, path)
  if (value instanceof Set) return Array.from(value, (item) => toJson(item, path))
  if (hasPairs(value)) return pairsToJson(value, path)
  const lazy = lazyValue(value)
  if (lazy?.type === 'sync') return firstYielded(lazy.yields, path)
  if (lazy !== null) return `[unread ${lazy.type === 'unread' ? lazy.name : 'stream'}]`
  if (value instanceof RegExp) return wellFormed(String(value))
  if ('toJSON' in value && typeof value.toJSON === 'function') return toJson(value.toJSON(), path)
  if (value instanceof String || value instanceof Number || value instanceof Boolean)
    return toJson(value.valueOf(), path)
  if (!(value instanceof Error)) return membersToJson(value, path)
  return toObject([['name', value.name], ['message', value.message], ...membersOf(value)], path)
}

/** The commonest values by far, and nothing else needs to be asked of them. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value)
}

function membersToJson(value: object, path: readonly object[]): JsonValue {
  return toObject(membersOf(value), path)
}

function membersOf(value: object): (readonly [string, unknown])[] {
  return Object.keys(value).map((key) => [key, read(value, key)] as const)
}

function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    return '[unreadable]'
  }
}

/** Members without a value are left out, as everywhere in JSON. */
function toObject(entries: Iterable<readonly [string, unknown]>, path: readonly object[]): JsonValue {
  const object: { [key: string]: JsonValue } = Object.create(null)
  for (const [key, item] of entries) if (item !== undefined) object[wellFormed(key)] = toJson(item, path)
  return object
}

function mapToJson(map: Map<unknown, unknown>, path: readonly object[]): JsonValue {
  const entries = [...map]
  if (entries.every(([key]) => typeof key === 'string' || typeof key === 'number')) {
    return toObject(
      entries.map(([key, item]) => [String(key), item] as const),
      path,
    )
  }
  return entries.map(([key, item]) => [toJson(key, path), toJson(item, path)])
}

function pairsToJson(pairs: Iterable<readonly [string, unknown]>, path: readonly object[]): JsonValue {
  const members = new Map<string, unknown>()
  for (const [name, value] of pairs) {
    const former = members.get(name)
    if (Array.isArray(former)) former.push(value)
    else members.set(name, former === undefined ? value : [former, value])
  }
  return toObject(members, path)
}

function firstYielded(yields: Iterable<unknown>, path: readonly object[]): JsonValue {
  const list: JsonValue[] = []
  for (const item of yields) {
    if (list.length === MAX_YIELDED) return [...list, '[more is unread]']
    list.push(toJson(item, path))
  }
  return list
}

/** @param head  at least the first 256 KiB */
export function binaryJson(head: Buffer, bytes: number): JsonValue {
  return { base64: head.subarray(0, MAX_BINARY_BYTES).toString('base64'), bytes }
}

export function bytesOf(value: object): Buffer | null {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return Buffer.from(value)
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  return null
}
