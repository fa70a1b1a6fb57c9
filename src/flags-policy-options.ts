/**
 * The options that say how tools are treated, as a table; for every command that runs or lists tools.
 * How their values are read is in flags-policies.ts.
 */
import type { OptionRow } from './flags-options.ts'
import {
  readBreaker,
  readMaxConcurrent,
  readNamesThat,
  readRateLimit,
  readToolDeadline,
  readToolRetries,
  readToolTimeout,
} from './flags-policies.ts'

export const POLICY_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Policies of tools (5s: of all, NAME=5s: of one, or of those of a glob):',
    flags: '--tool-timeout <duration>',
    description: 'for each attempt of a call (default: 60s)',
    values: 'tool=',
    says: readToolTimeout,
  },
  {
    flags: '--tool-deadline <duration>',
    description: 'for a whole call, with its waits and retries, or off (default: off)',
    values: 'tool=',
    says: readToolDeadline,
  },
  {
    flags: '--tool-retries <n>',
    description: 'further attempts after a failure (default: 2; of write tools only where none has begun)',
    values: 'tool=',
    says: readToolRetries,
  },
  {
    flags: '--rate-limit <n/time>',
    description: 'calls in a time, e.g. 5/s, 100/m, or off',
    values: 'tool=',
    says: readRateLimit,
  },
  {
    flags: '--breaker <n/time>',
    description: 'after n failures in a row calls fail at once for that time, or off (default: 5/30s)',
    values: 'tool=',
    says: readBreaker,
  },
  {
    flags: '--max-concurrent <name=n>',
    description: 'calls of a tool at once',
    values: 'tool=',
    says: readMaxConcurrent,
  },
  {
    flags: '--exclusive <names>',
    description: 'calls of this tool do not overlap',
    values: 'tools',
    says: readNamesThat('--exclusive', { exclusive: true }),
  },
  {
    flags: '--critical <names>',
    description: 'its failure ends the run with 9; it goes first',
    values: 'tools',
    says: readNamesThat('--critical', { priority: 'critical' }),
  },
  {
    flags: '--optional <names>',
    description: 'it never holds a turn that waits for nothing else',
    values: 'tools',
    says: readNamesThat('--optional', { priority: 'optional' }),
  },
]
