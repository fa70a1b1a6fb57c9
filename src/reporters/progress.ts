/**
 * Shows at a terminal what the run is doing: a line for each running call, then a tick or a cross
 * with its duration; of a turn with very many calls counts, failures and one line at its end; and one
 * line about the whole run. Where nothing may move, what has ended only. It decides what is shown and
 * when; progress-lines.ts and progress-crowd.ts write the lines, spinner.ts moves them.
 */

import type { Clock } from '../contract/clock.ts'
import type { AgentEvent } from '../contract/event.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Reporter } from '../contract/reporter.ts'
import { callLabel } from './call-label.ts'
import { cleanLine } from './clean-line.ts'
import { paintFor } from './colour.ts'
import { openColumn } from './progress-columns.ts'
import { crowdSummary } from './progress-crowd.ts'
import { endedLine, summaryLine } from './progress-lines.ts'
import { crowdEnd, pictureLines } from './progress-picture.ts'
import type { EndedCall, Turn } from './progress-turns.ts'
import { isCrowd, openTurns } from './progress-turns.ts'
import type { Screen } from './screen.ts'
import type { Spinner } from './spinner.ts'

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

/** Lines of calls that end together are written together. */
const BATCH_MS = 30
/** A run that is over before needs no moving lines, and the first request does not wait for ora. */
const START_MS = 120
const CLEAR_LINE = '\r\x1b[K'

export function openProgress(options: ProgressOptions): Progress {
  const { stderr, animate, clock, redact } = options
  const paint = paintFor(options.colour)
  const turns = openTurns()
  let activity: { label: string; sinceMs: number } | null = null
  let lines: string[] = []
  let cancelBatch: (() => void) | null = null
  let cancelStart: (() => void) | null = null
  let forgetSuspend = () => {}
  let spinner: Spinner | null = null
  let spinning = false
  let hidden = 0
  let stopped = false

  const columns = () => stderr.columns || options.columns
  const layoutFor = openColumn(() => ({ columns: columns(), rows: stderr.rows || 24 }))
  /** A terminal without a size cannot be redrawn: ora would clear lines for ever. */
  const moves = () => animate && stderr.columns !== 0 && stderr.rows !== 0
  const isIdle = () => activity === null && turns.live === 0

  const draw = (frame: string) =>
    pictureLines({ turns: turns.all, activity, nowMs: clock.now() }, frame, layoutFor, paint)
  const halt = () => {
    if (spinning) spinner?.stop()
    spinning = false
  }
  /** Whoever writes then begins at the start of a line, also behind a `^C` that the terminal has echoed. */
  const makeRoom = () => {
    if (!spinning && moves() && !screen.insideLine) stderr.write(CLEAR_LINE)
    halt()
  }
  const go = () => {
    if (spinner === null || stopped || hidden > 0 || spinning || !moves() || isIdle()) return
    spinning = true
    spinner.start()
  }
  const flush = () => {
    cancelBatch?.()
    cancelBatch = null
    if (lines.length === 0 || screen.insideLine) return
    makeRoom()
    stderr.write(`${lines.join('\n')}\n`)
    lines = []
  }
  const print = (...added: string[]) => {
    lines.push(...added)
    cancelBatch ??= clock.timer(BATCH_MS, () => {
      cancelBatch = null
      if (hidden > 0) return
      flush()
      go()
    })
  }
  const loadSpinner = async () => {
    const [{ openSpinner }, { onSuspend }] = await Promise.all([import('./spinner.ts'), import('./suspend.ts')])
    if (stopped) return
    spinner = openSpinner(stderr, clock, draw)
    forgetSuspend = onSuspend(clock, screen.hide, screen.show)
    go()
  }
  const think = (label: string) => {
    activity = { label, sinceMs: clock.now() }
  }
  const tellEnd = ({ call, durationMs }: EndedCall, ended: Outcome) => {
    const outcome = cleaned(ended, redact)
    if (isCrowd(call.turn) && !call.turn.failures.tells(cleanLine(call.tool, redact), outcome)) return
    const label = call.label()
    print(endedLine({ label, outcome, durationMs }, layoutFor([label]), paint))
  }
  const sumUp = (over: readonly Turn[]) => {
    for (const turn of over.filter(isCrowd)) print(...crowdSummary(crowdEnd(turn), layoutFor(), paint))
  }
  const closeTurns = (which: (turn: Turn) => boolean) => {
    turns.close(which)
    sumUp(turns.takeEnded())
  }
  const follow = (event: AgentEvent) => {
    switch (event.type) {
      case 'turn_start':
        think('thinking')
        closeTurns(({ number }) => number < event.turn)
        break
      case 'call_ready': {
        const call = turns.ready(event, () => callLabel(event.tool, event.input, redact))
        if (call !== null && !isCrowd(call.turn)) layoutFor([call.label()])
        break
      }
      case 'call_start':
        turns.start(event, clock.now())
        break
      case 'call_pending':
        turns.pending(event)
        break
      case 'call_end': {
        const ended = turns.end(event, clock.now())
        if (ended !== null) tellEnd(ended, event.outcome)
        sumUp(turns.takeEnded())
        break
      }
      case 'message_end':
        activity = null
        closeTurns(({ number }) => number === event.turn)
        break
      case 'turn_retry':
        think(`asking again: ${cleanLine(event.reason.message, redact)}`)
        break
      case 'run_end':
        activity = null
        sumUp(turns.takeAll())
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
      if (isIdle()) halt()
      go()
    },
    recall: follow,
    hide: () => {
      hidden += 1
      if (hidden > 1) return
      flush()
      makeRoom()
    },
    show: () => {
      hidden = Math.max(hidden - 1, 0)
      if (hidden > 0) return
      flush()
      go()
    },
    stop: () => {
      cancelStart?.()
      if (screen.insideLine && lines.length > 0) stderr.write('\n')
      screen.insideLine = false
      flush()
      halt()
      stopped = true
      forgetSuspend()
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

function cleaned(outcome: Outcome, redact: (text: string) => string): Outcome {
  if (outcome.status === 'ok') return outcome
  const { code, message } = outcome.error
  return { ...outcome, error: { code: cleanLine(code, redact), message: cleanLine(message, redact) } }
}
