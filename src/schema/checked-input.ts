/**
 * What comes out of checking a call's input, whoever checks it: the host by a tool's own schema
 * library, or json-schema-check.ts.
 */

/** `value` is what the tool gets: the input, or what its schema library makes of it. */
export type CheckedInput = { fits: true; value: unknown } | { fits: false; message: string }

/** `input.places.0.name` */
export function pathText(keys: readonly string[], root = 'input'): string {
  return [root, ...keys].join('.')
}
