/**
 * What the moving lines show of the turns at one moment: the calls of each, in the manner that fits
 * their number, and what goes on beside them, within the height of the window. Pure.
 */
import type { Paint } from './colour.ts'
import type { Layout } from './progress-columns.ts'
import type { CrowdEnd, CrowdPicture } from './progress-crowd.ts'
import { crowdLines, MAX_LONGEST } from './progress-crowd.ts'
import { movingLines } from './progress-lines.ts'
import type { Call, Turn } from './progress-turns.ts'
import { isCrowd } from './progress-turns.ts'

export type Picture = {
  turns: readonly Turn[]
  /** What goes on beside the calls (`thinking`), or null. */
  activity: { label: string; sinceMs: number } | null
  nowMs: number
}

/** @param layoutFor  of lines with these labels */
export function pictureLines(
  picture: Picture,
  frame: string,
  layoutFor: (labels: readonly string[]) => Layout,
  paint: Paint,
): string[] {
  const { turns, nowMs } = picture
  const rest = turns.filter((turn) => !isCrowd(turn))
  const pictures = turns.filter(isCrowd).map((turn) => crowdPicture(turn, nowMs))
  const layout = layoutFor(pictures.flatMap(({ longest }) => longest.map(({ label }) => label)))
  const running = rest.flatMap((turn) => [...turn.running].map(told))
  const waiting = rest.reduce((sum, turn) => sum + turn.waiting.size, 0)
  const activity = isModelAwaited(turns) ? picture.activity : null
  const lines = [
    ...pictures.flatMap((crowd) => crowdLines(crowd, frame, layout, paint)),
    ...movingLines({ running, waiting, activity, nowMs }, frame, layout, paint),
  ]
  // one row stays with what was there before
  return lines.slice(0, Math.max(layout.rows - 1, 1))
}

/** The model is only waited for where no call keeps it waiting: what still runs has been answered for. */
function isModelAwaited(turns: readonly Turn[]): boolean {
  return turns.every(({ waiting, running }) => waiting.size === 0 && [...running].every(({ isPending }) => isPending))
}

function crowdPicture({ known, running, tally }: Turn, nowMs: number): CrowdPicture {
  const { ended, counts, slowest } = tally
  return {
    known,
    ended,
    counts,
    running: running.size,
    longest: longestOf(running).map(told),
    slowest: slowest && { label: slowest.label(), durationMs: slowest.durationMs },
    perSecond: tally.rate(nowMs),
    nowMs,
  }
}

/** What there is to say of a turn that is over. */
export function crowdEnd({ known, tally, failures }: Turn): CrowdEnd {
  const { counts, slowest } = tally
  return {
    known,
    counts,
    slowest: slowest && { label: slowest.label(), durationMs: slowest.durationMs },
    perSecond: tally.wholeRate(),
    untold: failures.untold(),
  }
}

/** They stand in the order in which they began, but for those that were taken over. */
function longestOf(running: ReadonlySet<Call>): Call[] {
  return [...running].sort((a, b) => startOf(a) - startOf(b)).slice(0, MAX_LONGEST)
}

function told(call: Call): { label: string; startedMs: number } {
  return { label: call.label(), startedMs: startOf(call) }
}

function startOf({ started }: Call): number {
  return started?.nowMs ?? 0
}
