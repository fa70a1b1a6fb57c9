/**
 * The key of a manifest's `exclusive`, which keeps calls apart: within it, a placeholder stands for its
 * value. It is no argument of a program, so nothing needs to be refused here.
 */
import type { JsonObject } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Exclusive } from '../contract/tool.ts'
import type { InputCheck } from './check.ts'
import { DIRECTORY, IN_BRACES, NAME, noProperty, refuseTwofoldDirectory, textOf } from './command-line.ts'

/**
 * @param check  of the tool's input; what does not fit has no key
 * @returns      null where calls may overlap
 * @throws       CommandLineFault
 */
export function commandExclusive(
  declared: boolean | string,
  properties: ReadonlySet<string>,
  directory: string,
  check: InputCheck,
): Exclusive | null {
  if (typeof declared === 'boolean') return declared || null
  refuseTwofoldDirectory(declared, [], properties)
  const names = [...declared.matchAll(IN_BRACES)].map(([, name = '']) => name)
  const unknown = names.find((name) => NAME.test(name) && `{${name}}` !== DIRECTORY && !properties.has(name))
  if (unknown !== undefined) throw noProperty(`{${unknown}}`, [], properties)
  const keyOf = (input: JsonObject) =>
    declared.replaceAll(IN_BRACES, (written, name: string) => {
      if (written === DIRECTORY) return directory
      return properties.has(name) ? valueText(input, name) : written
    })
  if (!names.some((name) => properties.has(name))) return keyOf({})
  return async (input, { signal }) => (await check(input, signal)) ?? found(keyOf(input))
}

/** A property that is absent or null leaves nothing in its place. */
function valueText(input: JsonObject, name: string): string {
  const value = Object.hasOwn(input, name) ? (input[name] ?? null) : null
  return value === null ? '' : textOf(value)
}

function found(key: string): Outcome {
  return { status: 'ok', output: key, output_bytes: Buffer.byteLength(key), truncated: false }
}
