/**
 * Mistakes of the user and faults of the model's service: one line, a hint that can be typed, and
 * an exit code. The table of exit codes is a contract (README, `--help`) and lives here only.
 */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  config: 3,
  account: 4,
  rejected: 5,
  unavailable: 6,
  incomplete: 7,
  refused: 8,
  tool: 9,
  decision: 11,
  output: 12,
  timeout: 124,
  sighup: 129,
  sigint: 130,
  sigpipe: 141,
  sigterm: 143,
} as const

export type ExitName = keyof typeof EXIT
export type ExitCode = (typeof EXIT)[ExitName]

export class AgentError extends Error {
  readonly code: string
  readonly hint: string | null
  readonly exitCode: ExitCode

  /**
   * @param code     stable word for scripts, in the transcript's `error.code`
   * @param message  lower case, the offending value quoted
   */
  constructor(code: string, message: string, options: { exit: ExitName; hint?: string | null; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AgentError'
    this.code = code
    this.hint = options.hint ?? null
    this.exitCode = EXIT[options.exit]
  }
}

/** By shape, not by `instanceof`: the error may come from another copy of this module. */
export function isAgentError(error: unknown): error is AgentError {
  return error instanceof Error && error.name === 'AgentError' && 'exitCode' in error
}

/** The message of whatever was thrown. */
export function thrownMessage(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message === '' ? thrown.name : thrown.message
  return String(thrown)
}

/** For the `default` of a `switch` over a union: the compiler proves that it cannot be reached. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
