/**
 * Where a request is not the recorded one, in words for people: a path, what was expected there and
 * what came. Tools are told apart by their names, since their order means nothing.
 */
import type { RequestKey } from '../contract/cassette.ts'
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { canonicalJson, isJsonObject } from '../contract/json.ts'

/** Of a value that is shown; a longer one is shown around the place where it differs. */
const MAX_SHOWN = 60
/** What is shown before that place. */
const LEAD = 20
const NOTHING = 'nothing'

/** @returns one line that names the first difference and counts the others; null: there is none */
export function requestDifference(
  recorded: JsonObject,
  asked: JsonObject,
  compared: readonly RequestKey[],
): string | null {
  const found = compared.flatMap((key) => differences(key, sideOf(recorded, key), sideOf(asked, key)))
  const [first] = found
  if (first === undefined) return null
  const others = found.length - 1
  const more = others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'difference' : 'differences'})`
  return `${first.path}: expected ${first.expected}, got ${first.got}${more}`
}

type Difference = { path: string; expected: string; got: string }
type Side = JsonValue | undefined

function sideOf(request: JsonObject, key: RequestKey): Side {
  if (key === 'output_config.format') {
    const config = request['output_config']
    return isJsonObject(config) ? config['format'] : undefined
  }
  const value = request[key]
  if (key !== 'tools') return value
  const tools = Array.isArray(value) ? value : []
  return Object.fromEntries(tools.map((tool) => [isJsonObject(tool) ? String(tool['name']) : '', tool]))
}

function differences(path: string, expected: Side, got: Side): Difference[] {
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length)
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differences(`${path}[${index}]`, expected[index], got[index]),
    )
  }
  if (isJsonObject(expected) && isJsonObject(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)])
    return [...keys].flatMap((key) => differences(memberPath(path, key), member(expected, key), member(got, key)))
  }
  if (
    expected === got ||
    (expected !== undefined && got !== undefined && canonicalJson(expected) === canonicalJson(got))
  )
    return []
  const from = typeof expected === 'string' && typeof got === 'string' ? commonStart(expected, got) : 0
  return [{ path, expected: shown(expected, from), got: shown(got, from) }]
}

function member(object: JsonObject, key: string): Side {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function memberPath(path: string, key: string): string {
  return /^[\w-]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
}

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1
  return at
}

function shown(value: Side, differsFrom: number): string {
  if (value === undefined) return NOTHING
  if (typeof value !== 'string') return cut(JSON.stringify(value))
  const from = value.length <= MAX_SHOWN ? 0 : Math.max(0, differsFrom - LEAD)
  const part = value.slice(from, from + MAX_SHOWN)
  return `${from > 0 ? '…' : ''}${JSON.stringify(part)}${from + part.length < value.length ? '…' : ''}`
}

function cut(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
}
