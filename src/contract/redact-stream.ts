/**
 * Redacts text that comes in pieces: what may be the beginning of a secret waits for the next
 * piece, so that none is shown in halves. Everything else passes at once.
 */
import type { Redactor } from './redact.ts'

/** More than any token or key; what would be held back beyond it is redacted as it stands. */
const MAX_HELD = 16 * 1024

export interface RedactStream {
  push(text: string): string
  /** Whether something is held back. */
  readonly holds: boolean
  /** What was held back, redacted. */
  end(): string
}

export function openRedactStream(redact: Redactor): RedactStream {
  let held = ''
  return {
    push: (text) => {
      const split = redact.split(held + text, MAX_HELD)
      held = split.held
      return split.shown
    },
    get holds() {
      return held !== ''
    },
    end: () => {
      const rest = redact(held)
      held = ''
      return rest
    },
  }
}
