/**
 * Shows at a terminal what the run is doing: a line for each running call, then a tick or a cross
 * with its duration, and one line about the whole run at its end. Where nothing may move, ticks and
 * crosses only. It decides what is shown and when; progress-lines.ts writes the lines, spinner.ts
 * moves them.
 */

import type { Clock } from '../contract/clock.ts'
import type { AgentEvent } from '../contract/event.ts'
import type { Reporter } from '../contract/reporter.ts'
import { callLabel } from './call-label.ts'
import { cleanLine } from './clean-line.ts'
import { paintFor } from './colour.ts'
import { endedLine, labelWidth, movingLines, summaryLine } from './progress-lines.ts'
import type { Screen } from './screen.ts'
import type { Spinner } from './spinner.ts'
import { textWidth } from './text-width.ts'

export interface Progress extends Reporter, Screen {
  /** Clears the lines and gives the cursor back, whatever goes on; nothing is drawn any more. */
  stop(): void
}

export type ProgressOptions = {
  /** A terminal. */
  stderr: NodeJS.WriteStream
  /** Whether lines may move on it; if not, calls are shown once they have ended. */
  animate: boolean
  colour: boolean
  /** Where the terminal does not know, or says 0. */
  columns: number
  /** The run's own: `at_ms` of events is its `now()`. */
  clock: Clock
  redact: (text: string) => string
  /** Whether the last line is printed. */
  summary: boolean
}

type Call = { label: string; startedMs: number | null; startedAtMs: number | null; isPending: boolean }
const NOT_STARTED = { startedMs: null, startedAtMs: null, isPending: false }

/** Lines of calls that end together are written together. */
const BATCH_MS = 30
/** A run that is over before needs no moving lines, and the first request does not wait for ora. */
const START_MS = 120

export function openProgress(options: ProgressOptions): Progress {
  const { stderr, animate, clock, redact } = options
  const paint = paintFor(options.colour)
  const calls = new Map<string, Call>()
  let activity: { label: string; sinceMs: number } | null = null
  let width = 0
  let ended: string[] = []
  let cancelBatch: (() => void) | null = null
  let cancelStart: (() => void) | null = null
  let spinner: Spinner | null = null
  let spinning = false
  let hidden = 0
  let stopped = false

  const columns = () => stderr.columns || options.columns
  const layout = () => ({ columns: columns(), rows: stderr.rows || 24, labelWidth: labelWidth(width, columns()) })
  /** A terminal without a size cannot be redrawn: ora would clear lines for ever. */
  const moves = () => animate && stderr.columns !== 0 && stderr.rows !== 0

  const draw = (frame: string): string => {
    const running = [...calls.values()].flatMap(({ label, startedMs, isPending }) =>
      startedMs === null ? [] : [{ label, startedMs, isPending }],
    )
    const waiting = calls.size - running.length
    return movingLines({ running, waiting, activity, nowMs: clock.now() }, frame, layout(), paint)
  }
  const halt = () => {
    if (spinning) spinner?.stop()
    spinning = false
  }
  const go = () => {
    if (spinner === null || stopped || hidden > 0 || spinning || !moves()) return
    if (calls.size === 0 && activity === null) return
    spinning = true
    spinner.start()
  }
  const flush = () => {
    cancelBatch?.()
    cancelBatch = null
    if (ended.length === 0 || screen.insideLine) return
    halt()
    stderr.write(`${ended.join('\n')}\n`)
    ended = []
  }
  const loadSpinner = async () => {
    const { openSpinner } = await import('./spinner.ts')
    if (stopped) return
    spinner = openSpinner(stderr, draw)
    go()
  }
  const think = (label: string) => {
    activity = { label, sinceMs: clock.now() }
  }
  const end = (event: AgentEvent & { type: 'call_end' }) => {
    const call = calls.get(event.call_id)
    if (call === undefined) return
    calls.delete(event.call_id)
    const durationMs = call.startedAtMs === null ? null : event.at_ms - call.startedAtMs
    const { outcome } = event
    const told =
      outcome.status === 'ok'
        ? outcome
        : { ...outcome, error: { ...outcome.error, message: cleanLine(outcome.error.message, redact) } }
    ended.push(endedLine({ label: call.label, outcome: told, durationMs }, layout(), paint))
    cancelBatch ??= clock.timer(BATCH_MS, () => {
      cancelBatch = null
      if (hidden > 0) return
      flush()
      go()
    })
  }
  const follow = (event: AgentEvent) => {
    switch (event.type) {
      case 'turn_start':
        think('thinking')
        break
      case 'call_ready': {
        const label = callLabel(event.tool, event.input, redact)
        const taken = event.takes_over === null ? NOT_STARTED : calls.get(event.takes_over)
        // It had ended, and was shown, before another call took it over.
        if (taken === undefined) break
        if (event.takes_over !== null) calls.delete(event.takes_over)
        calls.set(event.call_id, { ...taken, label })
        width = Math.max(width, textWidth(label))
        break
      }
      case 'call_start': {
        const call = calls.get(event.call_id)
        if (call === undefined || call.startedMs !== null) break
        call.startedMs = clock.now()
        call.startedAtMs = event.at_ms
        break
      }
      case 'call_pending': {
        const call = calls.get(event.call_id)
        if (call !== undefined) call.isPending = true
        break
      }
      case 'call_end':
        end(event)
        break
      case 'message_end':
        activity = null
        break
      case 'turn_retry':
        think(`asking again: ${cleanLine(event.reason.message, redact)}`)
        break
      case 'run_end':
        activity = null
        calls.clear()
        break
      default:
      // the other events change nothing that is shown here
    }
  }

  const onResize = () => {
    if (!moves()) halt()
    else go()
  }
  stderr.on('resize', onResize)

  const screen: Progress = {
    insideLine: false,
    report: (event) => {
      if (stopped) return
      if (moves()) cancelStart ??= clock.timer(START_MS, () => void loadSpinner())
      follow(event)
      if (calls.size === 0 && activity === null) halt()
      go()
    },
    recall: follow,
    hide: () => {
      hidden += 1
      if (hidden > 1) return
      flush()
      halt()
    },
    show: () => {
      hidden = Math.max(hidden - 1, 0)
      if (hidden > 0) return
      flush()
      go()
    },
    stop: () => {
      cancelStart?.()
      if (screen.insideLine && ended.length > 0) stderr.write('\n')
      screen.insideLine = false
      flush()
      halt()
      stopped = true
      stderr.off('resize', onResize)
    },
    close: async (transcript) => {
      screen.stop()
      const line = options.summary ? summaryLine(transcript, columns()) : ''
      if (line !== '') stderr.write(`${paint.quiet(line)}\n`)
    },
  }
  return screen
}
