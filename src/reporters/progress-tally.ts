/**
 * What the calls of one turn have come to so far: counted, not kept. It knows no calls that still
 * run, no lines and no terminal.
 */
import { unreachable } from '../contract/error.ts'
import type { OutcomeStatus } from '../contract/outcome.ts'
import type { Rate } from './progress-rate.ts'
import { openRate } from './progress-rate.ts'

/** What is told apart where calls are only counted: whether one ran to its end, and whether that was its own fault. */
export type Ending = 'ok' | 'failed' | 'skipped' | 'canceled' | 'not_started'

export interface Tally {
  readonly ended: number
  readonly counts: Readonly<Record<Ending, number>>
  /** Of those that ran to their end. */
  readonly slowest: Slowest | null
  began(stamp: Stamp): void
  /** @param durationMs  null: the call never ran */
  end(call: { label: () => string; status: OutcomeStatus; durationMs: number | null }, stamp: Stamp): void
  /** Per second, of late; null: too early to say, or none. */
  rate(nowMs: number): number | null
  /** Per second, from the first start to the last end; null where none ran to its end, or none took any time. */
  wholeRate(): number | null
}

export type Slowest = { label: () => string; durationMs: number }

/** `nowMs` is when it is shown, `atMs` when it happened. */
type Stamp = { nowMs: number; atMs: number }

export function openTally(): Tally {
  const counts = { ok: 0, failed: 0, skipped: 0, canceled: 0, not_started: 0 }
  let slowest: Slowest | null = null
  let rate: Rate | null = null
  let ran = 0
  let firstAtMs: number | null = null
  let lastAtMs = 0
  return {
    counts,
    get ended() {
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
    get slowest() {
      return slowest
    },
    began: ({ nowMs, atMs }) => {
      rate ??= openRate(nowMs)
      firstAtMs ??= atMs
    },
    end: ({ label, status, durationMs }, { nowMs, atMs }) => {
      const ending = endingOf(status)
      counts[ending] += 1
      // what was cut short says nothing of how fast calls are
      if (durationMs === null || (ending !== 'ok' && ending !== 'failed')) return
      ran += 1
      lastAtMs = atMs
      rate?.add(nowMs)
      if (slowest === null || durationMs > slowest.durationMs) slowest = { label, durationMs }
    },
    rate: (nowMs) => rate?.perSecond(nowMs) ?? null,
    wholeRate: () => {
      const spanMs = firstAtMs === null ? 0 : lastAtMs - firstAtMs
      return spanMs > 0 ? (ran / spanMs) * 1_000 : null
    },
  }
}

export function endingOf(status: OutcomeStatus): Ending {
  switch (status) {
    case 'ok':
    case 'skipped':
    case 'canceled':
    case 'not_started':
      return status
    case 'failed':
    case 'timed_out':
    case 'invalid_input':
    case 'unknown_tool':
    case 'circuit_open':
    case 'denied':
    case 'interrupted':
      return 'failed'
    default:
      return unreachable(status)
  }
}
