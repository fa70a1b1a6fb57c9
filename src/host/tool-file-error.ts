/**
 * A mistake in a tool file that has been loaded: exports that are no tool, a bad schema. It is the author's,
 * and told as such; load-fault.ts words what a file throws by itself.
 */

/** `code` is told on, and decides the hint; `line` is of the tool file. */
export class ToolFileError extends Error {
  readonly code: string
  readonly line: number | null
  constructor(code: string, message: string, line: number | null = null) {
    super(message)
    this.code = code
    this.line = line
  }
}
