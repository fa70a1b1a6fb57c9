/**
 * Writes the offline model's answer from tool results: one line a call. Flat objects are read out,
 * text stands as it came; nothing is summed up, compared or rounded. A result that came late takes
 * the place of the one that said that the call was still running.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { Message, ToolResultBlock, ToolUseBlock } from '../contract/message.ts'
import { isTextBlock, isToolResultBlock, isToolUseBlock } from '../contract/message.ts'
import type { LateResult } from '../contract/pending-result.ts'
import { isPendingResult, readLateResult } from '../contract/pending-result.ts'

/** Keys whose value says what the object is about; the first one found heads the line. */
const LABEL_KEYS = ['location', 'place', 'name', 'title', 'city', 'path', 'url', 'expression', 'id']
/** Keys that say how something is known, not what. */
const SILENT_KEYS = new Set(['source', 'attribution'])
const DEGREES: { [unit: string]: string } = {
  fahrenheit: '°F',
  celsius: '°C',
  f: '°F',
  c: '°C',
  '°F': '°F',
  '°C': '°C',
}

/** The results of the last message that has any, one line each; null where there are none. */
export function answerFromResults(messages: readonly Message[]): string | null {
  return lastResults(messages)?.map(lineOf).join('\n') ?? null
}

/** What a call gave; `given` is null where it failed or is still running. */
export type GivenResult = { about: string; input: JsonObject; given: { value: JsonValue } | null }

/** The same results as they are, without those that nobody waited for. */
export function givenResults(messages: readonly Message[]): GivenResult[] {
  const told = (lastResults(messages) ?? []).map(readResult)
  return told.filter(({ skipped }) => !skipped).map(({ about, input, given }) => ({ about, input, given }))
}

type ToldResult = { result: ToolResultBlock; call: ToolUseBlock | undefined; late: LateResult | undefined }

function lastResults(messages: readonly Message[]): ToldResult[] | null {
  const calls = new Map(
    messages.flatMap(({ content }) => content.filter(isToolUseBlock)).map((call) => [call.id, call]),
  )
  const results = messages.map(({ content }) => content.filter(isToolResultBlock)).findLast((found) => found.length > 0)
  if (results === undefined) return null
  const late = lateResults(messages)
  return results.map((result) => {
    const id = result.tool_use_id
    return { result, call: calls.get(id), late: late.get(id) }
  })
}

/** Whether there is something in the message that the model has asked for. */
export function hasResults(messages: readonly Message[]): boolean {
  const last = messages.at(-1)?.content ?? []
  const names = namesOf(messages)
  return last.some((block) => isToolResultBlock(block) || readLateResult(block, names) !== null)
}

function namesOf(messages: readonly Message[]): Map<string, string> {
  return new Map(messages.flatMap(({ content }) => content.filter(isToolUseBlock)).map(({ id, name }) => [id, name]))
}

function lateResults(messages: readonly Message[]): Map<string, LateResult> {
  const names = namesOf(messages)
  const blocks = messages.flatMap(({ role, content }) => (role === 'user' ? content : []))
  const found = blocks.map((block) => readLateResult(block, names)).filter((late) => late !== null)
  return new Map(found.map((late) => [late.id, late]))
}

function readResult({ result, call, late }: ToldResult) {
  const text = late?.text ?? contentText(result.content)
  const name = call?.name ?? 'call'
  const input = call?.input ?? {}
  const about = [name, inputText(input)].filter((part) => part !== '').join(' ')
  const running = late === undefined && isPendingResult(result, name)
  const failed = late?.failed ?? result.is_error === true
  const given = running || failed ? null : { value: parsed(text) }
  return { text, name, input, about, running, given, skipped: failed && /^skipped: /.test(text) }
}

function lineOf(told: ToldResult): string {
  const { text, name, input, about, running, given, skipped } = readResult(told)
  if (running) return `- ${about}: still running`
  // What was skipped was not waited for, which is no failure.
  if (given === null) return `- ${about}: ${skipped ? '' : 'failed: '}${text.replace(/^failed: /, '')}`
  const { value } = given
  const label = (isJsonObject(value) ? labelOf(value) : null) ?? (inputText(input) || name)
  const said = isJsonObject(value) ? objectText(value) : typeof value === 'string' ? value : compact(value)
  return said.includes('\n') ? `- ${label}:\n${said}` : `- ${label}: ${said}`
}

function contentText(content: ToolResultBlock['content']): string {
  if (typeof content === 'string') return content
  return content.map((block) => (isTextBlock(block) ? block.text : `[${block.type}]`)).join('\n')
}

/** One value stands by itself, several as JSON. */
function inputText(input: JsonObject): string {
  const values = Object.values(input)
  const [only] = values
  if (values.length === 0) return ''
  return values.length === 1 && typeof only === 'string' ? only : JSON.stringify(input)
}

function parsed(text: string): JsonValue {
  try {
    // what JSON.parse returns is JSON
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

function labelKey(value: JsonObject): string | undefined {
  return LABEL_KEYS.find((key) => Object.hasOwn(value, key) && isScalar(value[key]) && value[key] !== '')
}

function labelOf(value: JsonObject): string | null {
  const key = labelKey(value)
  return key === undefined ? null : String(value[key])
}

function objectText(value: JsonObject): string {
  const weather = weatherText(value)
  if (weather !== null) return weather
  const label = labelKey(value)
  const members = Object.entries(value)
    .map(([key, member]) => [key, typeof member === 'string' ? member.trimEnd() : member] as const)
    .filter(([key, member]) => key !== label && !SILENT_KEYS.has(key) && member !== null && member !== '')
  if (members.length === 1 && members[0] !== undefined) return compact(members[0][1])
  const parts = members.map(([key, member]) =>
    typeof member === 'string' ? member : `${key.replaceAll('_', ' ')} ${compact(member)}`,
  )
  return parts.length === 0 ? compact(value) : parts.join(', ')
}

/** "sunny, 68 °F", of anything with a temperature and its unit. */
function weatherText(value: JsonObject): string | null {
  const { temperature, unit, conditions } = value
  const degrees = typeof unit === 'string' && Object.hasOwn(DEGREES, unit) ? DEGREES[unit] : undefined
  if (typeof temperature !== 'number' || degrees === undefined) return null
  const sky = typeof conditions === 'string' && conditions !== '' ? `${conditions.toLowerCase()}, ` : ''
  return `${sky}${temperature} ${degrees}`
}

function isScalar(value: JsonValue | undefined): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

function compact(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
