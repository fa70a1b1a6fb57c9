/**
 * Whether a tool may run. What the command line names may; a destructive one needs to be allowed by
 * name, or a yes of whoever sits at the terminal; what is denied never runs.
 */
import { matchesAny } from './glob.ts'
import type { JsonObject } from './json.ts'
import type { Tool } from './tool.ts'

export type ConsentRequest = { tool: string; source: string; input: JsonObject }

/**
 * Asks a person about one call. Several calls ask at once: whoever shows the questions puts them in
 * a row. Resolves `false` as soon as `signal` is aborted; never rejects.
 */
export type AskConsent = (request: ConsentRequest, signal: AbortSignal) => Promise<boolean>

export type Permission =
  | { type: 'allowed' }
  | { type: 'denied'; reason: string }
  | { type: 'ask'; ask: (input: JsonObject, signal: AbortSignal) => Promise<boolean> }

/** Names or globs; `deny` wins. */
export type PermissionRules = { allow: readonly string[]; deny: readonly string[] }

/** @param ask  null: there is nobody to ask */
export function permissionOf(
  { name, source, destructive }: Pick<Tool, 'name' | 'source' | 'destructive'>,
  { allow, deny }: PermissionRules,
  ask: AskConsent | null,
): Permission {
  if (matchesAny(deny, name)) return { type: 'denied', reason: `${name} is denied (--deny)` }
  if (!destructive || matchesAny(allow, name)) return { type: 'allowed' }
  if (ask !== null) return { type: 'ask', ask: (input, signal) => ask({ tool: name, source, input }, signal) }
  return { type: 'denied', reason: `${name} is destructive and was not allowed (--allow ${name})` }
}
