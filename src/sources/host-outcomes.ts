/**
 * The outcomes of calls in the host: what it said of them, and what its end means for them.
 */
import { failure, type Outcome, permanentFailure } from '../contract/outcome.ts'
import type { Effect } from '../contract/tool.ts'
import { THREAD_TERMINATED } from '../host/protocol.ts'
import type { HostMessage } from './host-messages.ts'

/** How a call ended, in the words of its host. */
export type Settled = Extract<HostMessage, { type: 'returned' | 'threw' }>

export const CANCELED = failure('canceled', 'canceled', 'was canceled, or ended with its host')

/** As a command that a signal ends: it would crash the next host too, and with it the calls of others. */
export function crashed(how: string): Outcome {
  return permanentFailure('host_crashed', `crashed its host process: ${how}`)
}

export function hostMissing(how: string): Outcome {
  return failure('failed', 'host_crashed', `the tool host did not start: ${how}`)
}

/**
 * @param guilty  the tool whose code it was in; null: unknown
 * @param how     how the host ended; null: we killed it
 */
export function interrupted(guilty: string | null, how: string | null): Outcome {
  const cause =
    how === null ? `was killed${byTool(guilty)}` : `crashed${guilty === null ? '' : ` in "${guilty}"`}: ${how}`
  return failure('interrupted', 'host_lost', `may have happened: the process that it shared with other tools ${cause}`)
}

export function byTool(tool: string | null): string {
  return tool === null ? '' : `, blocked by "${tool}"`
}

export function outcomeOf(message: Settled, effect: Effect): Outcome {
  if (message.type === 'threw') {
    const { status, error, retryable } = message
    if (effect === 'write' && status === 'canceled' && error.code === THREAD_TERMINATED)
      return failure('interrupted', error.code, `may have happened: ${error.message}`)
    return { status, error, ...(retryable !== undefined && { retryable }) }
  }
  const { output, output_bytes, truncated } = message
  return { status: 'ok', output, output_bytes, truncated }
}
