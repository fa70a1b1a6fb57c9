/**
 * How a tool is written. `defineTool` returns a plain object; nothing is registered anywhere, and a tool
 * file may do without it: it is here for the types.
 */
import type { Policy } from './contract/policy.ts'
import type { Effect } from './contract/tool.ts'

/**
 * The part of Standard Schema that is used here; zod 4, valibot and arktype all have it.
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => unknown
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
    readonly jsonSchema?: { readonly input: (options: { target: string }) => Record<string, unknown> }
  }
}

/** What `execute` gets beside its input. */
export type ToolContext = {
  /** Aborted when the call is cancelled or its time is up. */
  signal: AbortSignal
  /** The same for all attempts of a call. */
  idempotencyKey: string
  /** Counted from 1. */
  attempt: number
  /** Of the call's span, as the header has it; only in a run that is traced. */
  traceparent?: string
  /** True under `--offline`: answer without the network. */
  offline: boolean
  /** Says that the tool gets on: its time counts anew, and `message` is shown with -v. */
  progress: (message?: string) => void
  settings: { root: string | null; allowDotfiles: boolean; allowPrivateNetwork: boolean }
}

/** A JSON Schema as it stands in a file: also a literal, frozen or `as const`. */
export type PlainSchema = { readonly [keyword: string]: unknown }

/** What `execute` is given: what the schema makes of the input. A plain JSON Schema has no types. */
export type InputOf<S> = S extends StandardSchema<infer Output> ? Output : Record<string, unknown>

export type ExclusiveKey = string | number | boolean | null | undefined

export type ToolSpec<S extends StandardSchema | PlainSchema> = {
  /** `^[A-Za-z0-9_-]{1,64}$`, unique among the tools of a run. */
  name: string
  /** For the model: what the tool does, when to use it, what comes back. */
  description: string
  /** A zod schema, any Standard Schema, or a JSON Schema. */
  input: S
  /** What the model sees, where the library of `input` has no JSON form of its own (valibot). */
  input_schema?: PlainSchema
  /** Default `write`: nothing is started early or run again unless the tool says that it may be. */
  effect?: Effect
  /** Needs `--allow NAME`, or a yes at the terminal. */
  destructive?: boolean
  policy?: Policy
  /**
   * Which calls may not overlap: those with one key run one at a time, in the model's order. `true`: this
   * tool's; a text: a key that tools may share; a function makes it of the input (`true`: this tool's own;
   * nothing: the call may overlap with any).
   */
  exclusive?: boolean | string | ((input: InputOf<S>) => ExclusiveKey | Promise<ExclusiveKey>)
  /** Words that say what the tool is for; the offline planner reads them. */
  keywords?: readonly string[]
  /** True: always in a worker thread, false: never. Default: plain functions yes, async ones no. */
  thread?: boolean
  execute: (input: InputOf<S>, context: ToolContext) => unknown
}

export function defineTool<S extends StandardSchema | PlainSchema>(spec: ToolSpec<S>): ToolSpec<S> {
  return spec
}
