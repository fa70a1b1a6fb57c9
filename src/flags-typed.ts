/**
 * What commander hands over, as the flags that everybody else reads: under other names, and with a value
 * for what was not typed.
 */
import type { AskFlags } from './flags.ts'
import { NO_FLAGS } from './flags.ts'

/** Options that have another name among the flags, or are said otherwise there. */
type RenamedOptions = {
  continue?: string
  /** False: --no-journal. */
  journal?: string | boolean
  timeout?: number
  earlyResults?: number
  answerBy?: number
  optionalGrace?: number
  maxCost?: number
  cleanEnv?: boolean
  color: boolean
  file?: string[]
  output?: string
}

/** As commander hands them over: what was not typed is absent. */
export type TypedOptions = RenamedOptions &
  Partial<
    Omit<
      AskFlags,
      | `${string}Ms`
      | 'maxCostUsd'
      | 'cleanEnvironment'
      | 'colour'
      | 'files'
      | 'output'
      | 'continueRun'
      | 'journal'
      | 'noJournal'
    >
  >

export function flagsOf(typed: TypedOptions): AskFlags {
  const {
    continue: continueRun = null,
    journal,
    timeout,
    earlyResults,
    answerBy,
    optionalGrace,
    maxCost,
    cleanEnv,
    color,
    file,
    output,
    ...same
  } = typed
  return {
    ...NO_FLAGS,
    ...same,
    continueRun,
    journal: typeof journal === 'string' ? journal : null,
    noJournal: journal === false,
    timeoutMs: timeout ?? null,
    earlyResultsMs: earlyResults ?? null,
    answerByMs: answerBy ?? null,
    optionalGraceMs: optionalGrace ?? null,
    maxCostUsd: maxCost ?? null,
    cleanEnvironment: cleanEnv ?? false,
    colour: color,
    files: file ?? [],
    output: output === undefined || output === '-' ? null : output,
  }
}
