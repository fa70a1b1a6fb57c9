/**
 * Fills a tool's parameters from a piece of a question, for the offline model. A list gives one
 * input per member; what only one member says ("SF, NYC in celsius") holds for all of them.
 * It fills what it can and names what it cannot; whether the values make sense is for the tool.
 */
import type { JsonObject, JsonSchema, JsonValue } from '../contract/json.ts'
import type { Parameter } from './offline-parameter.ts'
import { isExpression, parametersOf } from './offline-parameter.ts'
import { splitList, trimValue } from './offline-words.ts'

export type Filled = { type: 'inputs'; inputs: JsonObject[] } | { type: 'missing'; parameter: string }

/** What is known of one list member: values by parameter, and the text that is left. */
type Member = { text: string; values: Map<string, JsonValue> }

export function fillParameters(schema: JsonSchema, text: string): Filled {
  const parameters = parametersOf(schema)
  const members = splitList(text).map((part) => readMember(part, parameters))
  const primary = parameters.find((one) => one.required && one.kind !== 'fixed' && one.default === undefined)
  const own = primary === undefined ? members.slice(0, 1) : members.filter(({ values }) => values.has(primary.name))
  if (primary !== undefined && own.length === 0) return { type: 'missing', parameter: primary.name }
  const inputs: JsonObject[] = []
  for (const member of own.length === 0 ? [{ text: '', values: new Map<string, JsonValue>() }] : own) {
    const entries: [string, JsonValue][] = []
    for (const parameter of parameters) {
      const value = member.values.get(parameter.name) ?? shared(parameter, members) ?? fallback(parameter)
      if (value !== undefined) entries.push([parameter.name, value])
      else if (parameter.required) return { type: 'missing', parameter: parameter.name }
    }
    // fromEntries defines keys, so that a parameter named __proto__ stays data
    inputs.push(Object.fromEntries(entries))
  }
  return { type: 'inputs', inputs }
}

function shared(parameter: Parameter, members: readonly Member[]): JsonValue | undefined {
  return members.find(({ values }) => values.has(parameter.name))?.values.get(parameter.name)
}

function fallback(parameter: Parameter): JsonValue | undefined {
  if (!parameter.required) return undefined
  return parameter.kind === 'fixed' ? parameter.members[0] : parameter.default
}

function readMember(part: string, parameters: readonly Parameter[]): Member {
  const member: Member = { text: part, values: new Map() }
  for (const parameter of parameters) readTyped(member, parameter)
  for (const parameter of parameters.filter((one) => one.required)) readNextNumber(member, parameter)
  readNamedStrings(member, parameters)
  readQuoted(member, parameters)
  readRest(member, parameters)
  return member
}

/** Takes the first match out of the member's text. */
function take(member: Member, pattern: RegExp): RegExpExecArray | null {
  const match = pattern.exec(member.text)
  if (match !== null)
    member.text = `${member.text.slice(0, match.index)} ${member.text.slice(match.index + match[0].length)}`
  return match
}

/** Kinds that show by themselves: URLs, members of an enum, booleans and numbers beside their parameter's name. */
function readTyped(member: Member, parameter: Parameter): void {
  const name = namePattern(parameter.name)
  const set = (value: JsonValue) => member.values.set(parameter.name, value)
  if (parameter.kind === 'url') {
    const url = take(member, /https?:\/\/[^\s"<>]*[^\s"<>.,;:!?)]/iu)
    if (url !== null) set(url[0])
  } else if (parameter.kind === 'enum') {
    const longestFirst = [...parameter.members].sort((a, b) => String(b).length - String(a).length)
    for (const value of longestFirst) {
      if (String(value).trim() === '' || take(member, wordPattern(escaped(String(value)))) === null) continue
      set(value)
      return
    }
  } else if (parameter.kind === 'boolean') {
    const said = take(
      member,
      wordPattern(`(?:(no|not|without)\\s+)?${name}(?:\\s*[:=]?\\s*(true|yes|on|false|no|off))?`),
    )
    if (said !== null) set(said[1] === undefined && !/^(?:false|no|off)$/i.test(said[2] ?? ''))
  } else if (parameter.kind === 'number' || parameter.kind === 'integer') {
    const said =
      take(member, wordPattern(`${name}\\s*[:=]?\\s*(${NUMBER})`)) ??
      take(member, wordPattern(`(${NUMBER})\\s*${name}`))
    if (said !== null) setNumber(member, parameter, said[1] ?? '')
  }
}

const NUMBER = '[-+]?(?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?'

function readNextNumber(member: Member, parameter: Parameter): void {
  if (parameter.kind !== 'number' && parameter.kind !== 'integer') return
  if (member.values.has(parameter.name)) return
  const match = take(member, new RegExp(`(?<![\\p{L}\\p{N}_.])${NUMBER}(?![\\p{N}_])`, 'u'))
  if (match !== null) setNumber(member, parameter, match[0])
}

function setNumber(member: Member, parameter: Parameter, text: string): void {
  const value = Number(text.replaceAll(',', ''))
  if (!Number.isFinite(value)) return
  if (parameter.kind === 'number' || Number.isInteger(value)) member.values.set(parameter.name, value)
}

/** `from USD to EUR` for parameters named `from` and `to`; `title: lunch`. */
function readNamedStrings(member: Member, parameters: readonly Parameter[]): void {
  const marks = parameters
    .filter((one) => one.kind === 'string' && !member.values.has(one.name))
    .map((one) => ({ name: one.name, match: wordPattern(`${namePattern(one.name)}\\s*[:=]?`).exec(member.text) }))
    .flatMap(({ name, match }) =>
      match === null ? [] : [{ name, start: match.index, end: match.index + match[0].length }],
    )
    .sort((a, b) => a.start - b.start)
  let kept = member.text.slice(0, marks[0]?.start ?? member.text.length)
  for (const [index, mark] of marks.entries()) {
    const value = unquoted(trimValue(member.text.slice(mark.end, marks[index + 1]?.start)))
    if (value === '' || member.values.has(mark.name)) kept += ` ${value}`
    else member.values.set(mark.name, value)
  }
  member.text = kept
}

function readQuoted(member: Member, parameters: readonly Parameter[]): void {
  for (const parameter of parameters) {
    if (!isText(parameter) || member.values.has(parameter.name)) continue
    const match = take(member, /"([^"\n]+)"|“([^”\n]+)”|`([^`\n]+)`/u)
    if (match === null) return
    member.values.set(parameter.name, match[1] ?? match[2] ?? match[3] ?? '')
  }
}

/** The rest goes to the first text that still lacks a value; an optional one only where none is required. */
function readRest(member: Member, parameters: readonly Parameter[]): void {
  const rest = trimValue(member.text)
  if (rest === '') return
  const texts = parameters.filter(isText)
  const candidates = parameters.some((one) => one.required) ? texts.filter((one) => one.required) : texts
  const target = candidates.find((one) => !member.values.has(one.name))
  if (target === undefined) return
  member.values.set(target.name, target.kind === 'expression' ? (expressionIn(rest) ?? rest) : rest)
}

/** The arithmetic at the end of a phrase: "result of 2 + 3" is 2 + 3. */
function expressionIn(phrase: string): string | null {
  const words = phrase.split(/\s+/)
  for (let first = 0; first < Math.min(words.length, 20); first += 1) {
    const tail = words.slice(first).join(' ')
    if (isExpression(tail)) return tail
  }
  return null
}

function isText(parameter: Parameter): boolean {
  return parameter.kind === 'string' || parameter.kind === 'expression'
}

function unquoted(value: string): string {
  return /^["“`](.+)["”`]$/su.exec(value)?.[1] ?? value
}

/** A parameter's name as people write it: `start_date`, `start date`, `startDate`. */
function namePattern(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .split(/[_\-\s]+/)
    .filter((word) => word !== '')
  return words.map(escaped).join('[_\\- ]?')
}

function wordPattern(source: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${source})(?![\\p{L}\\p{N}_])`, 'iu')
}

/** Within a `u` pattern only the syntax characters may be escaped. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
