/**
 * Which calls the run waited for: had one of them been faster, the run would have been. Pure: turns in,
 * ids of calls out. What the model takes is always on the path, as turns follow one another, and is not told here.
 */
import type { ToolCallRecord, TurnRecord } from '../contract/transcript.ts'

/** Two instants, each rounded to a tenth of a millisecond, are one when they are this close. */
const SAME_MS = 0.5

/**
 * Goes back from the start of each turn to the call whose result came last before it, and from the start
 * of that call, where it had queued behind others, to the call whose end let it in.
 *
 * @param endMs  of the run: where it ended without another message, its last turn's calls were waited for
 */
export function criticalCalls(turns: readonly TurnRecord[], endMs: number): Set<string> {
  const critical = new Set<string>()
  const calls = turns.flatMap((turn) => turn.tool_calls)
  turns.forEach((turn, index) => {
    const until = turns[index + 1]?.started_ms ?? endMs
    const last = lastReleased(turns.slice(0, index + 1), turn.ended_ms ?? until, until)
    if (last === undefined) return
    critical.add(last.id)
    for (const { id } of queuedBehind(last, calls)) critical.add(id)
  })
  return critical
}

/** Of the calls that were waited for between these instants, the one that held the run up longest. */
function lastReleased(turns: readonly TurnRecord[], fromMs: number, untilMs: number): ToolCallRecord | undefined {
  const here = turns.at(-1)
  let last: { call: ToolCallRecord; at: number } | undefined
  for (const turn of turns) {
    for (const call of turn.tool_calls) {
      const { ended_ms, pending_ms } = call.timing
      // The model went on without a pending call, in its own turn; in a later one its result may be what is waited for.
      const at = turn === here ? (pending_ms ?? ended_ms) : ended_ms
      if (at === null || at <= fromMs || at > untilMs + SAME_MS) continue
      if (last === undefined || at > last.at) last = { call, at }
    }
  }
  return last?.call
}

/** The calls that had to end, one after the other, before this one could start. */
function queuedBehind(call: ToolCallRecord, calls: readonly ToolCallRecord[]): ToolCallRecord[] {
  const chain = [call]
  for (const behind of chain) {
    const before = whoLetIn(behind, calls)
    if (before !== undefined && !chain.includes(before)) chain.push(before)
  }
  return chain.slice(1)
}

/** The last that ended while this one waited for a slot or a key; undefined: it waited for no other call. */
function whoLetIn({ timing, queued_by, tool }: ToolCallRecord, calls: readonly ToolCallRecord[]) {
  const { ready_ms, started_ms } = timing
  if (ready_ms === null || started_ms === null || queued_by.slots_ms + queued_by.exclusive_ms <= SAME_MS)
    return undefined
  // Who held the key is most often a call of the same tool; who held the slot may be any call.
  const ofTool = queued_by.exclusive_ms > queued_by.slots_ms ? tool : null
  let last: ToolCallRecord | undefined
  for (const other of calls) {
    const ended = other.timing.ended_ms
    if (ended === null || ended <= ready_ms || ended > started_ms + SAME_MS) continue
    if ((ofTool === null || other.tool === ofTool) && ended > (last?.timing.ended_ms ?? 0)) last = other
  }
  return last
}
