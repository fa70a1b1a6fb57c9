/** The options that record a run and answer from a recording, as a table; of `ask` only. */
import { isReplaySpeed, MAX_REPLAY_SPEED, MIN_REPLAY_SPEED } from './flags.ts'
import type { OptionRow } from './flags-options.ts'
import type { Reader } from './flags-readers.ts'
import { badValue, readWord } from './flags-readers.ts'

const readSpeed: Reader<number> = (text) => {
  const speed = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (isReplaySpeed(speed)) return speed
  const accepted = `0, or a number from ${MIN_REPLAY_SPEED} to ${MAX_REPLAY_SPEED}`
  throw badValue('--replay-speed', text, accepted, '0 answers at once, 1 at the recorded pace: --replay-speed 1')
}

export const REPLAY_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Record and replay:',
    flags: '--record <file>',
    description: 'keep what the model and the tools say, for --replay',
    values: 'file',
    read: readWord('--record', 'weather.cassette.json'),
  },
  {
    flags: '--replay <file>',
    description: 'answer from such a file, or from one of --json; no key, no network (exit 5 where the run differs)',
    values: 'file',
    read: readWord('--replay', 'weather.cassette.json'),
  },
  { flags: '--live-tools', description: 'with --replay: run the tools for real' },
  {
    flags: '--replay-speed <n>',
    description: 'with --replay: 0 at once, 1 at the recorded pace, n times as fast (default: 0)',
    read: readSpeed,
  },
]
