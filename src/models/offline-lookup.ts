/**
 * Finds in a tool's result what a property of an answer asks for by its name: the same name, one that
 * says the same with more or fewer words, or another word for a place. It finds, and converts nothing.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'

/** One result with the input of its call, which often says what the result is about. */
export type Source = { value: JsonValue; input: JsonObject }

/** What people call a place. */
const PLACES = new Set(['location', 'place', 'city', 'town', 'name'])
/** Names that say no more than that it is what came out. */
const PLAIN = new Set(['', 'result', 'value', 'output'])
/** Of objects within a result that are looked into. */
const MAX_LEVELS = 3

/**
 * @param alone  nothing else of its type is asked for beside it: a number that is all there is may be it,
 *               whatever its name
 * @returns      undefined where nothing of that name fits, or nobody can say which
 */
export function scalarNamed(
  { value, input }: Source,
  name: string,
  { alone, isFitting }: { alone: boolean; isFitting: (value: JsonValue) => boolean },
): JsonValue | undefined {
  const mayBePlain = PLAIN.has(name) || (alone && typeof value !== 'string')
  if (!isJsonObject(value)) return mayBePlain && isScalar(value) && isFitting(value) ? value : undefined
  const fitting = (members: readonly Member[]) => members.filter((one) => isScalar(one.value) && isFitting(one.value))
  const own = fitting(membersOf(value))
  for (const members of [own, fitting(membersOf(input))]) {
    const found = closest(members, name)
    if (found !== null) return found.value
  }
  const [only, other] = own
  const isAll = only !== undefined && other === undefined && (name === '' || PLAIN.has(only.key))
  return mayBePlain && isAll ? only.value : undefined
}

/** The object of that name within the result, as a result of its own. */
export function objectNamed({ value, input }: Source, name: string): Source | undefined {
  if (name === '' || !isJsonObject(value)) return undefined
  const objects = membersOf(value).filter((one) => isJsonObject(one.value))
  const found = closest(objects, name)
  return found === null ? undefined : { value: found.value, input }
}

/** The list of that name, or the result itself where it is one. */
export function listNamed({ value }: Source, name: string): JsonValue[] | null {
  if (Array.isArray(value)) return value
  if (!isJsonObject(value)) return null
  const found = closest(
    membersOf(value).filter((one) => Array.isArray(one.value)),
    name,
  )
  return Array.isArray(found?.value) ? found.value : null
}

export function isOfType(value: JsonValue, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

type Member = { key: string; value: JsonValue }

/** Level by level, so that what is nearer comes first. */
function membersOf(value: JsonObject): Member[] {
  const found: Member[] = []
  let level: JsonObject[] = [value]
  for (let depth = 0; depth < MAX_LEVELS && level.length > 0; depth += 1) {
    const members = level.flatMap((one) => Object.entries(one).map(([key, member]) => ({ key, value: member })))
    found.push(...members)
    level = members.map((one) => one.value).filter(isJsonObject)
  }
  return found
}

/** The one whose key is closest to the name; null where none is, or several are. */
function closest(members: readonly Member[], name: string): Member | null {
  if (name === '') return null
  const words = wordsOf(name)
  const same = members.find(({ key }) => key === name || wordsOf(key).join(' ') === words.join(' '))
  if (same !== undefined) return same
  // With fewer words it would be another thing: a temperature is not the one that it feels like.
  const longer = members.filter(({ key }) => words.every((word) => wordsOf(key).includes(word)))
  const isPlace = words.some((word) => PLACES.has(word))
  const places = members.filter(({ key }) => isPlace && wordsOf(key).some((word) => PLACES.has(word)))
  const [found, other] = longer.length > 0 ? longer : places
  return found !== undefined && other === undefined ? found : null
}

/** `windSpeeds` is wind and speed. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .split(/[_\-\s.]+/)
    .filter((word) => word !== '')
    .map((word) =>
      word
        .toLowerCase()
        .replace(/ies$/, 'y')
        .replace(/(?<=..[^s])s$/, ''),
    )
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== 'object'
}
