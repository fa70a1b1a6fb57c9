/**
 * The calls that are not in a host, in the order in which they came: those that shared a host which
 * crashed go first. Sets, so that ten thousand calls that are aborted at once leave at no cost.
 */
import type { HostCall } from './host-call.ts'

export interface WaitingCalls {
  /** @see HostCall.suspect */
  add(call: HostCall): void
  remove(call: HostCall): void
  take(): HostCall | undefined
  takeAll(): HostCall[]
  /** The guilty call has been found: the others need not run alone. */
  clearSuspects(): void
  readonly size: number
}

export function openWaitingCalls(): WaitingCalls {
  const suspects = new Set<HostCall>()
  const others = new Set<HostCall>()
  function remove(call: HostCall): void {
    suspects.delete(call)
    others.delete(call)
  }
  function takeAll(): HostCall[] {
    const calls = [...suspects, ...others]
    suspects.clear()
    others.clear()
    return calls
  }
  return {
    add(call) {
      if (call.suspect) suspects.add(call)
      else others.add(call)
    },
    remove,
    take() {
      const [call] = suspects.size > 0 ? suspects : others
      if (call) remove(call)
      return call
    },
    takeAll,
    clearSuspects() {
      for (const call of takeAll()) {
        call.suspect = false
        others.add(call)
      }
    },
    get size() {
      return suspects.size + others.size
    },
  }
}
