/**
 * Fills the schema of an answer from tool results, for the offline model: by the names and types of its
 * properties, a list with one member a result. Nothing is converted, summed up or made up; where results
 * disagree, or nothing is there, it says what could not be filled.
 */
import type { JsonSchema, JsonValue } from '../contract/json.ts'
import { canonicalJson, isJsonObject } from '../contract/json.ts'
import type { GivenResult } from './offline-answer.ts'
import type { Source } from './offline-lookup.ts'
import { isOfType, listNamed, objectNamed, scalarNamed } from './offline-lookup.ts'

export type FilledAnswer = { type: 'filled'; value: JsonValue } | { type: 'missing'; reason: string }

/** @param prose  what the answer would be without a schema; it fills a text of such a name */
export function fillAnswer(schema: JsonSchema, results: readonly GivenResult[], prose: string): FilledAnswer {
  const failed = results.find(({ given }) => given === null)
  if (failed !== undefined) return { type: 'missing', reason: `${failed.about} gave no result` }
  const sources = results.flatMap(({ given, input }) => (given === null ? [] : [{ value: given.value, input }]))
  try {
    const place = { name: '', path: [], depth: 0, sources, alone: true }
    return { type: 'filled', value: fill(schema, place, { root: schema, prose }) }
  } catch (thrown) {
    if (thrown instanceof Missing) return { type: 'missing', reason: thrown.message }
    throw thrown
  }
}

/** What is to be filled, under which name, and from what. */
type Place = { name: string; path: readonly string[]; depth: number; sources: readonly Source[]; alone: boolean }
type Whole = { root: JsonSchema; prose: string }

/** Thrown, and caught in this file. */
class Missing extends Error {
  constructor({ path }: Place, why: string) {
    super(`${['answer', ...path].join('.')}: ${why}`)
  }
}

/** Deeper than any answer that results fill; a schema may lead back to itself. */
const MAX_DEPTH = 30
const PROSE_NAMES = ['answer', 'summary', 'text']

function fill(schema: JsonValue, at: Place, whole: Whole): JsonValue {
  const place = { ...at, depth: at.depth + 1 }
  if (!isJsonObject(schema) || place.depth > MAX_DEPTH) throw new Missing(place, 'has no form that could be filled')
  const { $ref: reference, const: only, enum: members, anyOf, oneOf = anyOf, type = typeByMembers(schema) } = schema
  if (typeof reference === 'string') return fill(definitionAt(reference, whole.root), place, whole)
  if (only !== undefined) return only
  if (Array.isArray(oneOf)) return fillOne(oneOf, place, whole)
  if (Array.isArray(members)) return fillMember(members, place)
  if (Array.isArray(type)) {
    const forms = type.map((one) => ({ ...schema, type: one }))
    return fillOne(forms, place, whole)
  }
  if (type === 'null') return null
  if (type === 'object') return fillObject(schema, place, whole)
  return type === 'array' ? fillList(schema, place, whole) : fillScalar(String(type), schema, place, whole)
}

/** The first that can be filled; null where nothing else can. */
function fillOne(schemas: readonly JsonValue[], place: Place, whole: Whole): JsonValue {
  const isNull = (schema: JsonValue) => isJsonObject(schema) && schema['type'] === 'null'
  const inOrder = [...schemas.filter((schema) => !isNull(schema)), ...schemas.filter(isNull)]
  let first: Missing | null = null
  for (const schema of inOrder) {
    try {
      return fill(schema, place, whole)
    } catch (thrown) {
      if (!(thrown instanceof Missing)) throw thrown
      first ??= thrown
    }
  }
  throw first ?? new Missing(place, 'has no form that could be filled')
}

function fillObject(schema: JsonSchema, place: Place, whole: Whole): JsonValue {
  const { properties = {}, required } = schema
  const named = place.sources.flatMap((source) => objectNamed(source, place.name) ?? [])
  const sources = named.length > 0 ? named : place.sources
  if (!isJsonObject(properties) || Object.keys(properties).length === 0) {
    const [result, other] = sources
    if (result !== undefined && other === undefined && isJsonObject(result.value)) return result.value
    throw new Missing(place, 'is filled by no one result')
  }
  const types = Object.values(properties).map((one) => (isJsonObject(one) ? String(one['type']) : ''))
  const members: [string, JsonValue][] = []
  for (const [index, [name, member]] of Object.entries(properties).entries()) {
    const alone = types.filter((type) => type === types[index]).length === 1
    try {
      members.push([name, fill(member, { ...place, name, path: [...place.path, name], sources, alone }, whole)])
    } catch (thrown) {
      if (!(thrown instanceof Missing) || (Array.isArray(required) && required.includes(name))) throw thrown
    }
  }
  // fromEntries defines keys, so that a property named __proto__ stays data
  return Object.fromEntries(members)
}

/** A list of that name in the one result, else one member a result. */
function fillList({ items = {} }: JsonSchema, place: Place, whole: Whole): JsonValue {
  const [only, other] = place.sources
  const list = only !== undefined && other === undefined ? listNamed(only, place.name) : null
  const sources = list === null ? place.sources : list.map((value) => ({ value, input: {} }))
  if (list === null && sources.length === 0) throw new Missing(place, 'nothing fills it')
  const name = list === null ? place.name : ''
  return sources.map((source, index) =>
    fill(items, { ...place, name, path: [...place.path, String(index)], sources: [source] }, whole),
  )
}

/** Capital letters apart, which results and schemas write as they like. */
function fillMember(members: readonly JsonValue[], place: Place): JsonValue {
  const said = allNamed(place, () => true)
  const known = said.map((value) => members.find((member) => isSame(member, value)))
  const [first] = known
  if (first !== undefined && known.every((one) => one === first)) return first
  if (members.length === 1 && members[0] !== undefined) return members[0]
  throw new Missing(place, said.length === 0 ? 'nothing fills it' : 'no result says one of its values, and only that')
}

function isSame(member: JsonValue, value: JsonValue): boolean {
  if (typeof member === 'string' && typeof value === 'string') return member.toLowerCase() === value.toLowerCase()
  return member === value
}

function fillScalar(type: string, schema: JsonSchema, place: Place, { prose }: Whole): JsonValue {
  const isFitting = (value: JsonValue) => type === 'undefined' || isOfType(value, type)
  const said = allNamed(place, isFitting)
  const different = new Set(said.map(canonicalJson))
  if (different.size === 1 && said[0] !== undefined) return said[0]
  if (different.size > 1) throw new Missing(place, `${place.sources.length} results say different things of it`)
  if (type === 'string' && place.path.length === 1 && PROSE_NAMES.includes(place.name)) return prose
  if (schema['default'] !== undefined) return schema['default']
  throw new Missing(place, 'nothing fills it')
}

function allNamed({ sources, name, alone }: Place, isFitting: (value: JsonValue) => boolean): JsonValue[] {
  return sources.flatMap((source) => scalarNamed(source, name, { alone, isFitting }) ?? [])
}

function typeByMembers(schema: JsonSchema): JsonValue | undefined {
  if (schema['properties'] !== undefined) return 'object'
  return schema['items'] === undefined ? undefined : 'array'
}

function definitionAt(reference: string, root: JsonSchema): JsonValue {
  const [, keyword = '', name = ''] = /^#\/(\$defs|definitions)\/([\w.-]+)$/.exec(reference) ?? []
  const named = root[keyword]
  const definition = isJsonObject(named) && Object.hasOwn(named, name) ? named[name] : undefined
  return definition ?? (reference === '#' ? root : false)
}
