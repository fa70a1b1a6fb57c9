/**
 * What -v says of a run while it goes on: why a message or a call is tried again, what policies and
 * limits do, and how each call has ended where no progress display shows that. It says; whether and
 * how it is shown is `notify`'s.
 */
import { unreachable } from '../contract/error.ts'
import type { AgentEvent, EventOf } from '../contract/event.ts'
import type { Notify, Reporter } from '../contract/reporter.ts'
import { callLabel } from './call-label.ts'
import { formatCounted, formatDuration } from './format.ts'

export type NotesOptions = {
  notify: Notify
  redact: (text: string) => string
  /** Whether the end of calls is told; false where they are shown already. */
  calls: boolean
}

export function openNotes({ notify, redact, calls }: NotesOptions): Reporter {
  const known = new Map<string, { label: string; startedMs: number | null }>()

  const follow = (event: AgentEvent) => {
    switch (event.type) {
      case 'call_ready': {
        const label = callLabel(event.tool, event.input, redact)
        const taken = event.takes_over === null ? { startedMs: null } : known.get(event.takes_over)
        // It had ended, and was told of, before another call took it over.
        if (taken === undefined) break
        if (event.takes_over !== null) known.delete(event.takes_over)
        known.set(event.call_id, { ...taken, label })
        break
      }
      case 'call_start': {
        const call = known.get(event.call_id)
        if (call !== undefined) call.startedMs ??= event.at_ms
        break
      }
      case 'attempt_end':
        if (event.backoff_ms !== null) tell(event, anotherAttempt(event, event.backoff_ms))
        break
      case 'call_pending':
        tell(event, 'still running; the model goes on, and gets the result later')
        break
      case 'call_end': {
        const startedMs = known.get(event.call_id)?.startedMs ?? null
        if (calls) tell(event, ending(event, startedMs))
        known.delete(event.call_id)
        break
      }
      case 'turn_retry':
        notify('info', retry(event))
        break
      case 'policy_change':
        notify('info', breakerChange(event))
        break
      case 'limit':
        notify('info', `limit ${event.limit}: ${event.message}`)
        break
      default:
      // nothing is said of the other events
    }
  }
  const tell = ({ call_id }: { call_id: string }, what: string) => {
    const call = known.get(call_id)
    if (call !== undefined) notify('info', `${call.label}: ${what}`)
  }

  return { report: follow, close: () => Promise.resolve() }
}

function anotherAttempt({ error, attempt }: EventOf<'attempt_end'>, backoffMs: number): string {
  const pause = `again in ${formatDuration(backoffMs, 's', 1)} (attempt ${attempt + 1})`
  return error === null ? pause : `failed: ${error.message}; ${pause}`
}

function breakerChange({ tool, state, failures }: EventOf<'policy_change'>): string {
  switch (state) {
    case 'open':
      return `${tool}: its breaker opens after ${formatCounted(failures, 'failure')} in a row; calls fail at once`
    case 'half_open':
      return `${tool}: its breaker lets one call through, to see`
    case 'closed':
      return `${tool}: its breaker closes`
    default:
      return unreachable(state)
  }
}

function retry({ reason, delay_ms, attempt }: EventOf<'turn_retry'>): string {
  const pause = delay_ms > 0 ? ` in ${formatDuration(delay_ms, 's', 1)}` : ''
  const { code, message } = reason
  return `asking again${pause}: ${message.includes(code) ? message : `${code}: ${message}`} (attempt ${attempt})`
}

function ending({ outcome, at_ms }: EventOf<'call_end'>, startedMs: number | null): string {
  if (outcome.status !== 'ok') return `${outcome.status.replaceAll('_', ' ')}: ${outcome.error.message}`
  return startedMs === null ? 'ok' : `ok, ${formatDuration(at_ms - startedMs, 's')}`
}
