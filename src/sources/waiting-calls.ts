/**
 * The calls that are not in a host, in the order in which they came: those that shared a host which
 * crashed go first. Sets, so that ten thousand calls that are aborted at once leave at no cost.
 */
import type { HostCall } from './host-call.ts'

export interface WaitingCalls {
  /** @see HostCall.suspect */
  add(call: HostCall): void
  remove(call: HostCall): void
  /** One that is no suspect. */
  take(): HostCall | undefined
  /**
   * Half of the suspects: where they do well the guilty one, if there is one, is in the other half. One after
   * the other, a thousand calls would take as long as all of them together.
   */
  takeSuspects(): HostCall[]
  takeAll(): HostCall[]
  /** The guilty call is not among them. */
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
      const [call] = others
      if (call) remove(call)
      return call
    },
    takeSuspects() {
      const taken = [...suspects].slice(0, Math.ceil(suspects.size / 2))
      for (const call of taken) remove(call)
      return taken
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
