/**
 * The terminal that several write to: the spinner's lines come and go, the answer streams on
 * stdout, notices on stderr. Whoever writes hides the moving lines first.
 */
export interface Screen {
  /** Clears the moving lines; they stay away until as many `show` as there were `hide`. */
  hide(): void
  show(): void
  /** Whether text of the answer has left the cursor inside a line. Set by who streams it. */
  insideLine: boolean
}

/** Where nothing moves: pipes, and tests of those who only write. */
export function stillScreen(): Screen {
  return { hide: () => undefined, show: () => undefined, insideLine: false }
}
