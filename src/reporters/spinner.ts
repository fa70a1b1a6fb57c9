/**
 * The moving lines at a terminal, and the only door to ora: it owns the interval, the
 * clearing and the height of the window. What the lines say is progress-lines.ts' business. Loaded
 * by `import()`, and only where stderr is a terminal that can redraw.
 */
import ora, { spinners } from 'ora'

export interface Spinner {
  start(): void
  /** Clears the lines and gives the cursor back. */
  stop(): void
}

const { frames, interval } = spinners.dots
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

/**
 * @param draw  the lines as they are now, each narrower than the window by 3 columns at least: ora
 *              adds spaces behind the last, and counts lines by their width
 */
export function openSpinner(stream: NodeJS.WriteStream, draw: (frame: string) => string): Spinner {
  let frame = -1
  let spinning = false
  const spinner = ora({
    stream,
    // who calls has decided; ora would look at CI and TERM again
    isEnabled: true,
    // it would put the terminal into raw mode, where Ctrl-C no longer reaches the whole group
    discardStdin: false,
    // it would have signal-exit listen to every signal, and a file that may not grow (SIGXFSZ, which
    // Node ignores) would then end us before the write has failed
    hideCursor: false,
    color: false,
    spinner: { frames: [''], interval },
    prefixText: () => {
      frame = (frame + 1) % frames.length
      return draw(frames[frame] ?? '')
    },
  })
  const stop = () => {
    if (!spinning) return
    spinning = false
    spinner.stop()
    stream.write(SHOW_CURSOR)
  }
  // for whoever leaves in the middle; a terminal is written synchronously
  process.on('exit', stop)
  return {
    start: () => {
      spinning = true
      stream.write(HIDE_CURSOR)
      spinner.start()
    },
    stop,
  }
}
