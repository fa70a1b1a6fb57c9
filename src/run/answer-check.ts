/**
 * Whether the answer is what the schema asks for. It judges the text of a message that would end the run:
 * strictly JSON, a fence around all of it apart, and checked by the schema as the user gave it. What
 * becomes of an answer that does not fit is stop-reason.ts's and streaks.ts's.
 */
import type { Clock } from '../contract/clock.ts'
import { EXIT, thrownMessage, unreachable } from '../contract/error.ts'
import type { JsonSchema, JsonValue } from '../contract/json.ts'
import { isTooDeep } from '../contract/json.ts'
import { MAX_STEPS, size, stepsPerValue } from '../schema/check-cost.ts'
import type { Verdict as Checked } from '../sources/check-lane.ts'
import { CHECK_LIMIT_MS, openCheckLane } from '../sources/check-lane.ts'
import type { RunEnd } from './limits.ts'
import type { Verdict } from './stop-reason.ts'

type CheckDeps = { schema: JsonSchema; clock: Clock; signal: AbortSignal }

/** @returns the end with its data where it fits; an end that is no whole answer as it is */
export async function checkedEnd(end: RunEnd, deps: CheckDeps): Promise<Exclude<Verdict, { type: 'results' }>> {
  const { status, answer } = end
  if (status !== 'completed' || answer === null) return { type: 'end', end }
  const read = readAnswer(answer)
  if (read.type === 'unreadable') return { type: 'unfit', reasons: [read.reason], answer }
  const reasons = await reasonsAgainst(read.value, deps)
  if (!Array.isArray(reasons)) {
    const error = { code: 'answer_unchecked', message: reasons.fault, hint: null }
    return { type: 'end', end: { ...end, status: 'incomplete', exit_code: EXIT.incomplete, error } }
  }
  if (reasons.length > 0) return { type: 'unfit', reasons, answer }
  return { type: 'end', end: { ...end, structured: read.value } }
}

type Read = { type: 'value'; value: JsonValue } | { type: 'unreadable'; reason: string }

const FENCE = /^```(?:json)?[ \t]*\r?\n([\s\S]*?)\r?\n[ \t]*```$/i

function readAnswer(text: string): Read {
  const trimmed = text.trim()
  try {
    // `as`: what JSON.parse returns is JSON
    const value = JSON.parse(FENCE.exec(trimmed)?.[1] ?? trimmed) as JsonValue
    if (isTooDeep(value)) return { type: 'unreadable', reason: 'answer: is nested too deep' }
    // 1e999 is read as a number that JSON has no word for.
    if (!isSpellable(value)) return { type: 'unreadable', reason: 'answer: holds a number that is too large' }
    return { type: 'value', value }
  } catch (error) {
    const [reason = ''] = thrownMessage(error).split('\n')
    return { type: 'unreadable', reason: `answer: is not one JSON document: ${reason}` }
  }
}

function isSpellable(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isSpellable)
}

/** At once where that has a bound, else in a thread that is ended when it takes too long. */
async function reasonsAgainst(value: JsonValue, deps: CheckDeps): Promise<string[] | { fault: string }> {
  const { schema } = deps
  const steps = stepsPerValue(schema)
  if (steps === null || size(value) * steps > MAX_STEPS) return inThread(value, deps)
  try {
    const { answerChecker } = await import('../schema/json-schema-check.ts')
    return answerChecker(schema)(value)
  } catch (error) {
    return { fault: unchecked(thrownMessage(error)) }
  }
}

async function inThread(value: JsonValue, { schema, clock, signal }: CheckDeps): Promise<string[] | { fault: string }> {
  const lane = openCheckLane(clock)
  const close = () => void lane.close()
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
  try {
    const verdict = await new Promise<Checked>((settle) =>
      lane.add({ of: 'answer', schemaNumber: 1, schema, value, settle }),
    )
    switch (verdict.type) {
      case 'checked':
        return verdict.fault === null ? [] : verdict.fault.split('\n')
      case 'schema_error':
      case 'thread_lost':
        return { fault: unchecked(verdict.message) }
      case 'too_slow':
        return { fault: unchecked(`that took more than ${CHECK_LIMIT_MS / 1000} s`) }
      case 'canceled':
        return { fault: unchecked('the run has ended') }
      default:
        return unreachable(verdict)
    }
  } finally {
    signal.removeEventListener('abort', close)
    await lane.close()
  }
}

function unchecked(reason: string): string {
  return `the answer could not be checked by the schema: ${reason}`
}
