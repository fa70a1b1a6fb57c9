/**
 * Which records must be on disk before the run goes on. `normal`: those that tell of a call that does
 * more than read, so that no such call is run twice, whatever ends the machine; a run that only reads
 * waits for no disk at all. It writes nothing.
 */
import type { Durability } from '../contract/config.ts'
import type { AgentEvent } from '../contract/event.ts'

export interface SyncRule {
  /** To be asked once for every event, in order, also for those that are on disk already. */
  needsSync(event: AgentEvent): boolean
}

export function openSyncRule(durability: Durability): SyncRule {
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
    needsSync: (event) => {
      const needed = isNeeded(event)
      return durability === 'strict' || (durability === 'normal' && needed)
    },
  }
}
