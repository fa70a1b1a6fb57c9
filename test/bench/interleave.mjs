/** Rounds in which everybody takes a turn, so that what else the machine does hits all of them alike. */
import { runAgainst } from './measure.mjs'

/** What went wrong, one line for each contender of a case; the last one is kept. */
export const faults = new Map()

/**
 * One round that does not count, then `runs` that do. A run with a fault is left out of the medians, and
 * whoever had to be killed for being late is not started again.
 *
 * @param contenders  `[name, command, how]`; see runNode for `how`, which may be missing
 * @param alongside  what else is to happen in each round; it is told whether the round counts
 */
export async function interleave(server, title, replies, contenders, runs, alongside = async () => {}) {
  const results = new Map(contenders.map(([name]) => [name, []]))
  const late = new Set()
  for (let round = 0; round <= runs; round += 1) {
    await alongside(round > 0)
    for (const [name, command, how] of contenders.filter(([one]) => !late.has(one))) {
      const result = await runAgainst(server, replies, command(server.url), how)
      if (result.late) late.add(name)
      if (result.fault !== null) faults.set(`${title}: ${name}`, result.fault)
      else if (round > 0) results.get(name).push(result)
    }
  }
  return results
}
