/** The first event of a run, or of its going on: what it is, and when that is by the wall clock. */
import type { Clock } from '../contract/clock.ts'
import type { EventBody } from '../contract/event.ts'
import type { Restored } from './restored-run.ts'
import type { RunOptions } from './run.ts'

export function runStart({ runId, version, question, messages }: RunOptions, model: string, clock: Clock): EventBody {
  const started_at = new Date(clock.wall() - clock.now()).toISOString()
  return { type: 'run_start', run_id: runId, started_at, version, question, model, messages }
}

export function runResume(version: string, { wallMs }: Restored, clock: Clock): EventBody {
  const wall = clock.wall()
  return {
    type: 'run_resume',
    resumed_at: new Date(wall).toISOString(),
    paused_ms: Math.max(0, wall - wallMs),
    version,
  }
}
