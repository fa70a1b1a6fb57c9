/**
 * Whether a printed schema still keeps what an earlier one of the same version promised its readers: every
 * key is there, is required where it was, and is what it was. A key, an event or a definition may be new.
 */
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import { isJsonObject } from '../../src/contract/json.ts'

/** What is said of a schema, not what it asks for. */
const SAID = ['$schema', '$id', 'title', 'description']

/** @returns what the later schema breaks, one line each */
export function brokenPromises(before: JsonObject, now: JsonObject, path = '#'): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(now)])
  return [...keys]
    .filter((key) => !SAID.includes(key))
    .flatMap((key) => brokenBy(key, before[key], now[key], `${path}/${key}`))
}

function brokenBy(key: string, before: JsonValue | undefined, now: JsonValue | undefined, path: string): string[] {
  if (before === undefined) return key === '$defs' || key === 'required' ? [] : [`${path} is new`]
  if (now === undefined) return [`${path} is gone`]
  if ((key === 'properties' || key === '$defs') && isJsonObject(before) && isJsonObject(now)) {
    return Object.entries(before).flatMap(([name, member]) => {
      const place = `${path}/${name}`
      const found = now[name]
      if (!isJsonObject(member) || !isJsonObject(found)) return [`${place} is gone`]
      return brokenPromises(member, found, place)
    })
  }
  if (key === 'required' && Array.isArray(before) && Array.isArray(now)) {
    return before.filter((name) => !now.includes(name)).map((name) => `${path}: ${name} may be missing`)
  }
  // Of a union of events there may be new ones; their readers pass over what they do not know.
  if (path === '#/oneOf' && Array.isArray(before) && Array.isArray(now)) {
    const gone = before.filter((member) => !now.some((one) => isDeepStrictEqual(one, member)))
    return gone.map((member) => `${path} has lost ${JSON.stringify(member)}`)
  }
  if (isJsonObject(before) && isJsonObject(now)) return brokenPromises(before, now, path)
  if (Array.isArray(before) && Array.isArray(now) && before.length === now.length) {
    return before.flatMap((member, index) => {
      const other = now[index]
      if (isJsonObject(member) && isJsonObject(other)) return brokenPromises(member, other, `${path}/${index}`)
      return isDeepStrictEqual(member, other) ? [] : [`${path}/${index} was ${JSON.stringify(member)}`]
    })
  }
  return isDeepStrictEqual(before, now) ? [] : [`${path} was ${JSON.stringify(before)}`]
}
