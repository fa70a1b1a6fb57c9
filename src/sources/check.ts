/**
 * Checks the input of tools that do not run in the host, before they are called. A schema comes from
 * whoever wrote the tool, so it may not hold up the main process: where its cost has a bound it is
 * checked here and at once, anywhere else in a thread with a time limit (check-lane.ts).
 */
import type { Clock } from '../contract/clock.ts'
import { thrownMessage, unreachable } from '../contract/error.ts'
import type { JsonObject, JsonSchema } from '../contract/json.ts'
import { type FailedOutcome, failure, permanentFailure } from '../contract/outcome.ts'
import { MAX_STEPS, size, stepsPerValue } from '../schema/check-cost.ts'
import { CHECK_LIMIT_MS, type Check, type CheckLane, openCheckLane, type Verdict } from './check-lane.ts'

/**
 * @returns  null where the input fits, else what its call ends with; as a promise only where a thread
 *           has to be asked, which never rejects
 */
export type InputCheck = (
  input: JsonObject,
  signal: AbortSignal,
) => FailedOutcome | null | Promise<FailedOutcome | null>

export interface InputChecks {
  /** The check of one tool, whose schema has passed `schemaFault`. */
  checker(schema: JsonSchema): Promise<InputCheck>
  /** Ends all threads; what is being checked ends as canceled. */
  close(): Promise<void>
}

export function openInputChecks({ clock }: { clock: Clock }): InputChecks {
  const lanes = { usual: openCheckLane(clock), slow: openCheckLane(clock) }
  /** Those that took too long once wait for one another only. */
  const slow = new Set<number>()
  let schemas = 0

  function inThread(schemaNumber: number, schema: JsonSchema): InputCheck {
    return (input, signal) =>
      new Promise((resolve) => {
        const end = (verdict: Verdict) => {
          signal.removeEventListener('abort', onAbort)
          if (verdict.type === 'too_slow') markSlow(schemaNumber)
          resolve(outcomeOf(verdict))
        }
        const check: Check = { of: 'input', schemaNumber, schema, value: input, settle: end }
        const onAbort = () => {
          for (const lane of Object.values(lanes)) lane.remove(check)
          end({ type: 'canceled' })
        }
        if (signal.aborted) {
          onAbort()
          return
        }
        signal.addEventListener('abort', onAbort, { once: true })
        laneOf(schemaNumber).add(check)
      })
  }

  function laneOf(schemaNumber: number): CheckLane {
    return slow.has(schemaNumber) ? lanes.slow : lanes.usual
  }

  function markSlow(schemaNumber: number): void {
    slow.add(schemaNumber)
    for (const check of lanes.usual.takeWaiting(schemaNumber)) lanes.slow.add(check)
  }

  return {
    async checker(schema) {
      schemas += 1
      const threaded = inThread(schemas, schema)
      const steps = stepsPerValue(schema)
      if (steps === null || steps > MAX_STEPS) return threaded
      const { jsonSchemaChecker } = await import('../schema/json-schema-check.ts')
      const check = jsonSchemaChecker(schema)
      return (input, signal) => {
        if (size(input) * steps > MAX_STEPS) return threaded(input, signal)
        try {
          const checked = check(input)
          return checked.fits ? null : invalidInput(checked.message)
        } catch (thrown) {
          return outcomeOf({ type: 'schema_error', message: thrownMessage(thrown) })
        }
      }
    },
    async close() {
      await Promise.all([lanes.usual.close(), lanes.slow.close()])
    },
  }
}

/**
 * A schema that cannot be followed in time is the tool's fault, so its call has `failed`: nothing is
 * known against the input.
 */
function outcomeOf(verdict: Verdict): FailedOutcome | null {
  switch (verdict.type) {
    case 'checked':
      return verdict.fault === null ? null : invalidInput(verdict.fault)
    case 'schema_error':
      return permanentFailure('schema_error', verdict.message)
    case 'too_slow':
      return permanentFailure(
        'check_timeout',
        `did not run: checking the input by the tool's schema took more than ${CHECK_LIMIT_MS / 1000} s`,
      )
    case 'thread_lost':
      return failure('failed', 'check_failed', `did not run: the input could not be checked: ${verdict.message}`)
    case 'canceled':
      return failure('canceled', 'canceled', 'was canceled before it began')
    default:
      return unreachable(verdict)
  }
}

export function invalidInput(message: string): FailedOutcome {
  return failure('invalid_input', 'invalid_input', message)
}
