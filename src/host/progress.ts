/**
 * The `progress` of `execute`'s context. Told are at most some words in a while: a tool may say it in a
 * loop that turns a million times, and what it says goes through the channel that brings results.
 */
import { keepHeadAndTail } from '../contract/truncate.ts'
import { wellFormed } from '../contract/well-formed.ts'
import type { FromHost } from './protocol.ts'
import { now } from './time.ts'

export type Progress = Extract<FromHost, { type: 'progress' }>

const MAX_IN_WINDOW = 10
const WINDOW_MS = 200
const MAX_MESSAGE_BYTES = 1024

/** @returns what a tool is given; it takes whatever it is handed, and never throws */
export function progressOf(call: number, tell: (progress: Progress) => void): (message?: unknown) => void {
  let windowAtMs = Number.NEGATIVE_INFINITY
  let told = 0
  return (message) => {
    const atMs = now()
    if (atMs - windowAtMs >= WINDOW_MS) {
      windowAtMs = atMs
      told = 0
    }
    told += 1
    if (told > MAX_IN_WINDOW) return
    const text = typeof message === 'string' ? keepHeadAndTail(wellFormed(message), MAX_MESSAGE_BYTES) : null
    tell({ type: 'progress', call, message: text })
  }
}
