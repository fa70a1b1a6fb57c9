/**
 * The hook through which `import` finds our own packages (own-packages.ts), as `module.register` wants it:
 * a file that Node runs in a thread of its own. It is asked for every import, and changes only what
 * nothing else was found for.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Of this file's bundle, in dist/. */
export const HOOKS_FILE = 'host-hooks.js'

/** Below our bundle (build.mjs, lentPackages): what is imported most. Other parts of zod come from its package. */
const LENT = new Map([
  ['zod', 'lent/zod.js'],
  ['zod/v4', 'lent/zod.js'],
  ['zod/mini', 'lent/zod-mini.js'],
  ['zod/v4/mini', 'lent/zod-mini.js'],
  ['zod/v4-mini', 'lent/zod-mini.js'],
  ['zod/v4/core', 'lent/zod-core.js'],
  ['agent-ask', 'index.js'],
])

let bundle = ''

/** @param folder  of our bundle */
export function initialize(folder: string): void {
  bundle = folder
}

type Next = (specifier: string, context: object) => Promise<unknown>

export async function resolve(specifier: string, context: object, next: Next): Promise<unknown> {
  try {
    return await next(specifier, context)
  } catch (error) {
    if (!isOwnPackage(specifier) || !isMissing(error)) throw error
    return next(...ownPackage(specifier, context, bundle))
  }
}

export function isOwnPackage(specifier: string): boolean {
  return /^(?:zod|agent-ask)(?:\/|$)/.test(specifier)
}

/** A package that is there and lacks a part, or is broken, is the author's own. */
export function isMissing(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}

/** What to ask for in its place: a file of ours, or the package as this file would import it. */
export function ownPackage(specifier: string, context: object, folder: string): [specifier: string, context: object] {
  const file = ownFile(specifier, folder)
  return file === null ? [specifier, { ...context, parentURL: import.meta.url }] : [pathToFileURL(file).href, context]
}

export function ownFile(specifier: string, folder: string): string | null {
  const file = LENT.get(specifier)
  return file === undefined ? null : join(folder, file)
}
