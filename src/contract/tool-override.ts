/**
 * What can be said of tools from outside, under a name or a glob: policies, and beside them what the
 * tool does to the world and which of its calls may not overlap. The config file, flags and the
 * library say it in this form.
 */
import type { Policy } from './policy.ts'
import type { Checked, PolicyFault } from './policy-check.ts'
import { checkPolicyAnd, isBoolean, oneOf, wrong } from './policy-check.ts'
import type { Effect } from './tool.ts'

export type ToolOverride = Policy & {
  effect?: Effect
  /** `true`: its calls do not overlap; a text: nor do those of other tools with the same text. */
  exclusive?: boolean | string
  destructive?: boolean
}

/** One thing that was said of some tools, and where. */
export type ToolSaying = {
  /** For people: `config file "get_*"`, `--tool-timeout`. */
  from: string
  /** The flag that says it, for messages about it; null: the config file or the library. */
  flag: string | null
  /** A name or a glob; null: all tools. */
  pattern: string | null
  says: ToolOverride
}

const EFFECTS: readonly Effect[] = ['read', 'idempotent', 'write']

export function checkToolOverride(value: unknown): Checked<ToolOverride> {
  return checkPolicyAnd<ToolOverride>(value, { effect: oneOf(EFFECTS), exclusive, destructive: isBoolean })
}

export function isToolPattern(text: string): boolean {
  return /^[A-Za-z0-9_.*?-]+$/.test(text)
}

/** Whether it may mean several tools. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

function exclusive(value: unknown): PolicyFault | null {
  if (typeof value === 'boolean' || (typeof value === 'string' && value.trim() !== '')) return null
  return wrong(value, 'is neither true nor false nor a text that is a key')
}
