/**
 * The hook through which `import` finds our own packages (own-packages.ts), as `module.register` wants it:
 * a file that Node runs in a thread of its own. It is asked for every import, and changes only what
 * nothing else was found for.
 */

/** Of this file's bundle, in dist/. */
export const HOOKS_FILE = 'host-hooks.js'

type Next = (specifier: string, context: object) => Promise<unknown>

export async function resolve(specifier: string, context: object, next: Next): Promise<unknown> {
  try {
    return await next(specifier, context)
  } catch (error) {
    if (!isOwnPackage(specifier) || !isMissing(error)) throw error
    return next(specifier, fromHere(context))
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

/** As if this file had imported it: our package finds itself by its own name, and zod among its dependencies. */
export function fromHere(context: object): object {
  return { ...context, parentURL: import.meta.url }
}
