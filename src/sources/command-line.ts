/**
 * Makes a program's arguments of a call's input. A value never becomes part of an argument, and never
 * the program: what the model writes is data to the program, and no shell reads it.
 */
import { resolve } from 'node:path'
import type { JsonObject, JsonValue } from '../contract/json.ts'

type Argument = { type: 'literal'; text: string } | { type: 'property'; name: string }
type Part = Argument | { type: 'group'; parts: Argument[] }

/** A manifest's `command`, understood. */
export type CommandLine = { program: string; parts: Part[] }

/** A mistake of the manifest's author; `path` leads to it within `command`. */
export class CommandLineFault extends Error {
  readonly path: readonly number[]
  readonly hint: string
  constructor(path: readonly number[], message: string, hint: string) {
    super(message)
    this.path = path
    this.hint = hint
  }
}

/** What a placeholder looks like when it stands alone; anything else in braces is the program's own. */
export const NAME = /^[A-Za-z_][\w.-]*$/
export const IN_BRACES = /\{([^{}]*)\}/g
export const DIRECTORY = '{dir}'

/**
 * @param properties  names that the tool's schema declares
 * @param directory   the manifest's folder
 * @throws            CommandLineFault
 */
export function parseCommandLine(
  command: readonly (string | readonly string[])[],
  properties: ReadonlySet<string>,
  directory: string,
): CommandLine {
  const parsed = (text: string, path: number[]) => argument(text, path, properties, directory)
  const [first, ...rest] = command
  if (typeof first !== 'string' || first === '') {
    throw new CommandLineFault([0], 'the name of the program stands here', 'write ["PROGRAM", "ARGUMENT", ...]')
  }
  const program = parseFixed(first, [0], properties, directory)
  return {
    program: program.includes('/') ? resolve(directory, program) : program,
    parts: rest.map((part, index): Part => {
      if (typeof part === 'string') return parsed(part, [index + 1])
      return { type: 'group', parts: part.map((text, place) => parsed(text, [index + 1, place])) }
    }),
  }
}

/**
 * A text that no value of the model may change.
 * @throws CommandLineFault
 */
export function parseFixed(text: string, path: number[], properties: ReadonlySet<string>, directory: string): string {
  const parsed = argument(text, path, properties, directory)
  if (parsed.type === 'literal') return parsed.text
  throw new CommandLineFault(path, `"${text}" may not come from the model`, 'write it out')
}

/** @throws CommandLineFault */
export function refuseTwofoldDirectory(text: string, path: number[], properties: ReadonlySet<string>): void {
  if (!text.includes(DIRECTORY) || !properties.has('dir')) return
  const hint = 'give the property another name'
  throw new CommandLineFault(path, '"{dir}" is the folder of the manifest, and a property too', hint)
}

export function noProperty(placeholder: string, path: number[], properties: ReadonlySet<string>): CommandLineFault {
  const known = properties.size === 0 ? 'input_schema has none' : `there are ${[...properties].join(', ')}`
  return new CommandLineFault(path, `"${placeholder}" names no property of input_schema`, known)
}

function argument(text: string, path: number[], properties: ReadonlySet<string>, directory: string): Argument {
  refuseTwofoldDirectory(text, path, properties)
  if (text.includes('\0')) throw new CommandLineFault(path, 'holds a NUL character', 'take it out')
  const names = [...text.matchAll(IN_BRACES)].map(([, name = '']) => name)
  const [name = ''] = names
  const alone = text === `{${name}}` && text !== DIRECTORY
  if (alone && properties.has(name)) return { type: 'property', name }
  if (alone && NAME.test(name)) {
    throw noProperty(text, path, properties)
  }
  const inside = names.find((one) => properties.has(one))
  if (inside !== undefined) {
    const before = text.slice(0, text.indexOf(`{${inside}}`)).replace(/=$/, '')
    const hint = `write it as an argument of its own: ${JSON.stringify(before)}, "{${inside}}"`
    throw new CommandLineFault(path, `"{${inside}}" stands within ${JSON.stringify(text)}`, hint)
  }
  return { type: 'literal', text: text.replaceAll(DIRECTORY, directory) }
}

export type FilledCommandLine = { type: 'filled'; command: string[] } | { type: 'refused'; reason: string }

/** `input` has been checked by the tool's schema; a property that is absent or null leaves its argument out. */
export function fillCommandLine({ program, parts }: CommandLine, input: JsonObject): FilledCommandLine {
  const command = [program]
  let afterDashes = false
  for (const part of parts) {
    const arguments_ = part.type === 'group' ? part.parts : [part]
    const values = arguments_.map((one) => (one.type === 'literal' ? [one.text] : valuesOf(input, one.name)))
    if (part.type === 'group' && values.some((ofOne) => ofOne.length === 0)) continue
    for (const [index, one] of arguments_.entries()) {
      const ofOne = values[index] ?? []
      if (one.type === 'property') {
        for (const value of ofOne) {
          const fault = valueFault(value, afterDashes)
          if (fault !== null) return { type: 'refused', reason: `input.${one.name}: ${fault}` }
        }
      } else if (one.text === '--') afterDashes = true
      command.push(...ofOne.map(textOf))
    }
  }
  return { type: 'filled', command }
}

/** A list stands for as many arguments. */
function valuesOf(input: JsonObject, name: string): JsonValue[] {
  const value = Object.hasOwn(input, name) ? (input[name] ?? null) : null
  return (Array.isArray(value) ? value : [value]).filter((item) => item !== null)
}

/** Numbers apart: the schema has made sure that one is meant. */
function valueFault(value: JsonValue, afterDashes: boolean): string | null {
  if (typeof value !== 'string') return null
  if (value.includes('\0')) return 'holds a NUL character, which no argument can'
  if (afterDashes || !value.startsWith('-')) return null
  return 'begins with "-", and the program would take it for an option; a path may begin with "./"'
}

export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
