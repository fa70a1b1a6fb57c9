/**
 * One attempt in the hands of host-calls.ts: what it needs to be sent to a host, more than once if
 * its host is lost, and how its clock is told to stand still.
 */
import type { JsonObject } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { AttemptContext, Effect } from '../contract/tool.ts'

/** What can be called: a tool in its file, or its function for keys. `thread` may change. */
export type HostedTool = {
  readonly name: string
  readonly file: string
  readonly wants: 'output' | 'key'
  thread: boolean
}

export type HostCall = {
  readonly tool: HostedTool
  readonly effect: Effect
  readonly input: JsonObject
  readonly context: AttemptContext
  readonly resolve: (outcome: Outcome) => void
  /** No longer hears of its attempt's end. */
  forget: () => void
  /** Of the execution in the present host; 0 while it waits. */
  number: number
  held: boolean
  aborted: boolean
  /** Has begun in a thread: a blocked loop does not keep it from running. */
  threaded: boolean
  /** May have crashed the host: runs apart from those that have not. */
  suspect: boolean
  /** Has been sent to a host before: its attempt begins anew. */
  again: boolean
  /** A canceled `write`: when what it may take to end by itself is over; else 0. */
  graceEndsAtMs: number
}

type Given = Pick<HostCall, 'tool' | 'effect' | 'input' | 'context' | 'resolve'>

export function newCall(given: Given): HostCall {
  // Written out: a spread costs 9 us a call on Node 20.
  const { tool, effect, input, context, resolve } = given
  return {
    tool,
    effect,
    input,
    context,
    resolve,
    forget: nothing,
    number: 0,
    held: false,
    aborted: false,
    threaded: false,
    suspect: false,
    again: false,
    graceEndsAtMs: 0,
  }
}

function nothing(): void {}

/** The tool runs from now on. */
export function begin(call: HostCall): void {
  call.held = false
  if (call.again) call.context.startedAnew()
  else call.context.started()
  call.again = true
}

export function hold(call: HostCall): void {
  if (call.held || call.aborted) return
  call.held = true
  call.context.held()
}

/** Its host is lost, and it waits for another. */
export function renewed(call: HostCall, suspect: boolean): HostCall {
  hold(call)
  call.number = 0
  call.suspect = suspect
  return call
}

export function release(call: HostCall): void {
  if (!call.held) return
  call.held = false
  call.context.started()
}
