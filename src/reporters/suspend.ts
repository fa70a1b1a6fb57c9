/**
 * Ctrl-Z: puts away what moves before the shell has the terminal, and shows it again after `fg`. The
 * process is stopped by the system as ever.
 */
import type { Clock } from '../contract/clock.ts'

/** For the signal to arrive: where nobody could wake us again the system ignores it, and we go on. */
const STOPS_WITHIN_MS = 50

/** @returns stops listening */
export function onSuspend(clock: Clock, hide: () => void, show: () => void): () => void {
  let cancel = () => {}
  const suspend = () => {
    hide()
    // without a listener the signal does what it always does
    process.off('SIGTSTP', suspend)
    process.kill(process.pid, 'SIGTSTP')
    cancel = clock.timer(STOPS_WITHIN_MS, () => {
      process.on('SIGTSTP', suspend)
      show()
    })
  }
  process.on('SIGTSTP', suspend)
  return () => {
    cancel()
    process.off('SIGTSTP', suspend)
  }
}
