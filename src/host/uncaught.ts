/**
 * Keeps the process, or the thread, alive when a listener for uncaught exceptions throws: Node would end it
 * with code 7. A tool's listener does so when it ends the process, as many do, and that is refused.
 */

/** @param tell  hears what a listener has thrown */
export function surviveListeners(tell: (thrown: unknown) => void): void {
  const emit = process.emit
  // The way in which Node itself tells of an exception; a capture callback would keep `node:domain` from loading.
  process.emit = (event: string, ...args: unknown[]) => {
    const heard = [event, ...args]
    if (event !== 'uncaughtException') return Reflect.apply(emit, process, heard)
    try {
      return Reflect.apply(emit, process, heard)
    } catch (thrown) {
      tell(thrown)
      return true
    }
  }
}
