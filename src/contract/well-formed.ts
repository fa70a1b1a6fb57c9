/**
 * Makes foreign JSON fit to be sent on: half a character, which JSON can spell and UTF-8 cannot, becomes
 * U+FFFD, in keys too. Keys such as `__proto__` stay data.
 */
import type { JsonValue } from './json.ts'
import { isJsonObject } from './json.ts'

const LONE = /\p{Surrogate}/u
const ALL_LONE = /\p{Surrogate}/gu

/** @param value  not deeper than a recursive walk can go (isTooDeep) */
export function wellFormed<T extends JsonValue>(value: T): T {
  // The shape stays, so the type does.
  return (hasLone(value) ? mended(value) : value) as T
}

function hasLone(value: JsonValue): boolean {
  if (typeof value === 'string') return LONE.test(value)
  if (Array.isArray(value)) return value.some(hasLone)
  return isJsonObject(value) && Object.entries(value).some(([key, item]) => LONE.test(key) || hasLone(item))
}

function mended(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replace(ALL_LONE, '\ufffd')
  if (Array.isArray(value)) return value.map(mended)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.replace(ALL_LONE, '\ufffd'), mended(item)]))
}
