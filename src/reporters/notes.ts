/**
 * What -v says of a run while it goes on: why a message is asked for again, and how each call has
 * ended where no progress display shows that. It says; whether and how it is shown is `notify`'s.
 */
import type { AgentEvent, EventOf } from '../contract/event.ts'
import type { Notify, Reporter } from '../contract/reporter.ts'
import { callLabel } from './call-label.ts'
import { formatDuration } from './format.ts'

export type NotesOptions = {
  notify: Notify
  redact: (text: string) => string
  /** Whether calls are told of; false where they are shown already. */
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
      case 'call_end': {
        const call = known.get(event.call_id)
        known.delete(event.call_id)
        if (call !== undefined) notify('info', `${call.label}: ${ending(event, call.startedMs)}`)
        break
      }
      default:
      // the other events are of no call
    }
  }

  return {
    report: (event) => {
      if (event.type === 'turn_retry') notify('info', retry(event))
      else if (calls) follow(event)
    },
    close: () => Promise.resolve(),
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
