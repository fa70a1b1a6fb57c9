/**
 * Whom a crash of the host may be due to, as far as that can be told from outside. It decides nothing: a
 * suspect that crashes a host alone is the guilty one (host-calls.ts).
 */
import type { HostCall } from './host-call.ts'

export type Suspicion = {
  calls: ReadonlySet<HostCall>
  /** Whose code it was in, also of a call that had ended and left something behind; 0: nobody knows for certain. */
  culprit: number
}

export const NO_SUSPICION: Suspicion = { calls: new Set(), culprit: 0 }

/** @param onLoop  number of the call whose code was the last on the host's loop; 0: nobody's, or unknown */
export function suspicion(running: readonly HostCall[], onLoop: number): Suspicion {
  if (onLoop === 0) return { calls: new Set(running), culprit: 0 }
  // Nothing tells what threads do, and a crash of one ends all of them.
  const inThreads = running.filter((call) => call.threaded || call.tool.thread)
  const named = running.filter((call) => call.number === onLoop)
  return { calls: new Set([...named, ...inThreads]), culprit: inThreads.length === 0 ? onLoop : 0 }
}
