import type { Output } from '../../../src/reporters/output.ts'

/** An output that keeps what it is given, and how often it was closed. */
export function captureOutput(): Output & { text: () => string; closed: () => number } {
  let text = ''
  let closed = 0
  return {
    write: (piece) => {
      text += piece
    },
    close: async () => {
      closed += 1
    },
    onBroken: () => undefined,
    text: () => text,
    closed: () => closed,
  }
}
