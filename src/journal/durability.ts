/**
 * Which records must be written, and brought to disk, before the run goes on. Those that tell of a call that
 * does more than read must be, so that no such call is run twice, whatever ends the program or (`normal`) the
 * machine; a run that only reads waits for no disk at all. It writes nothing.
 */
import type { Durability } from '../contract/config.ts'
import type { AgentEvent } from '../contract/event.ts'

/** Of a record: it may wait for the next `flush`, must be written at once, or be on disk too. */
export type Urgency = 'later' | 'written' | 'on_disk'

export interface UrgencyRule {
  /** To be asked once for every event, in order, also for those that are on disk already. */
  urgencyOf(event: AgentEvent): Urgency
}

export function openUrgencyRule(durability: Durability): UrgencyRule {
  /** Turns with a call that does more than read. */
  const turns = new Set<number>()
  /** Such calls that were let in, and have not ended. */
  const admitted = new Set<string>()
  let any = false

  function isNeeded(event: AgentEvent): boolean {
    switch (event.type) {
      case 'call_ready':
        if (event.effect !== null && event.effect !== 'read') turns.add(event.turn)
        return false
      case 'turn_retry':
        turns.delete(event.turn)
        return false
      case 'message_end':
        return turns.has(event.turn)
      case 'call_admitted':
        admitted.add(event.call_id)
        any = true
        return true
      case 'call_end':
        return admitted.delete(event.call_id)
      case 'run_end':
        return any
      default:
        return false
    }
  }

  return {
    urgencyOf: (event) => {
      const needed = isNeeded(event)
      if (durability === 'strict' || (durability === 'normal' && needed)) return 'on_disk'
      return needed ? 'written' : 'later'
    },
  }
}
