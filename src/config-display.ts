/**
 * How a run is shown: from flags, environment and terminals, and from no file. Pure.
 */
import type { Environment } from './config-environment.ts'
import type { DisplayConfig } from './contract/config.ts'
import type { AskFlags } from './flags.ts'

/** Narrower is no terminal, but a mistake. */
const MIN_COLUMNS = 20

/** What the process writes to, and what it is told of that. */
export type Surroundings = {
  environment: Environment
  stdoutIsTerminal: boolean
  stderrIsTerminal: boolean
  columns: number
}

export function displayConfig(flags: AskFlags, surroundings: Surroundings): DisplayConfig {
  const { environment, stdoutIsTerminal, stderrIsTerminal, columns } = surroundings
  const dumb = environment['TERM'] === 'dumb'
  const format = flags.json ? 'json' : flags.jsonl ? 'jsonl' : 'prose'
  const verbosity = flags.debug ? 'debug' : flags.verbose ? 'verbose' : flags.quiet ? 'quiet' : 'normal'
  return {
    format,
    outputFile: flags.output,
    verbosity,
    colour: flags.colour && wantsColour(environment, stderrIsTerminal && !dumb),
    animate: stderrIsTerminal && !dumb && !isSet(environment['CI']) && verbosity !== 'quiet',
    streamAnswer: format === 'prose' && flags.output === null && stdoutIsTerminal,
    columns,
    namedColumns: columnsOf(environment),
    outputColour:
      flags.colour &&
      wantsColour(environment, stdoutIsTerminal && !dumb && flags.output === null && format === 'prose'),
    timings: flags.timings,
  }
}

/** @returns null where the variable says nothing that a picture could be fitted to */
function columnsOf(environment: Environment): number | null {
  const text = (environment['COLUMNS'] ?? '').trim()
  const columns = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return columns >= MIN_COLUMNS ? columns : null
}

/** FORCE_COLOR over NO_COLOR, as Node itself does. */
function wantsColour(environment: Environment, terminal: boolean): boolean {
  const forced = environment['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return terminal && (environment['NO_COLOR'] ?? '') === ''
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
