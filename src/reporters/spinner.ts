/**
 * The moving lines at a terminal, and the only door to ora: it owns the frames, the clearing and the
 * cursor. What the lines say is progress-lines.ts' business. Loaded by `import()`, and only where
 * stderr is a terminal that can redraw.
 *
 * Between frames the cursor rests at the beginning of the first line. Whatever a window that changes
 * its size makes of the lines (breaks them, cuts them off), they then begin at the cursor, and are
 * cleared by clearing all from there. To count rows, as ora does, would need the size that the window
 * had when the terminal rearranged them: some tell of a new size a quarter of a second late.
 */
import ora, { spinners } from 'ora'
import type { Clock } from '../contract/clock.ts'

export interface Spinner {
  start(): void
  /** Clears the lines and gives the cursor back. */
  stop(): void
}

const { frames, interval } = spinners.dots
/** Frames are drawn by our clock; ora insists on an interval. */
const NEVER_MS = 2 ** 31 - 1
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_FROM_HERE = '\r\x1b[J'
/** A line that is too long for a window of which we have not yet heard is cut off. */
const WRAP_OFF = '\x1b[?7l'
const WRAP_ON = '\x1b[?7h'
const NEXT_LINE = '\r\x1b[B'

/** @param draw  the lines as they are now, indented by two columns at least: ora adds spaces there */
export function openSpinner(
  stream: NodeJS.WriteStream,
  clock: Clock,
  draw: (frame: string) => readonly string[],
): Spinner {
  let frame = -1
  let spinning = false
  let cancelFrame = () => {}
  const spinner = ora({
    stream: surfaceOf(stream),
    // who calls has decided; ora would look at CI and TERM again
    isEnabled: true,
    // it would put the terminal into raw mode, where Ctrl-C no longer reaches the whole group
    discardStdin: false,
    // it would have signal-exit listen to every signal, and a file that may not grow (SIGXFSZ, which
    // Node ignores) would then end us before the write has failed
    hideCursor: false,
    color: false,
    spinner: { frames: [''], interval: NEVER_MS },
    prefixText: () => {
      frame = (frame + 1) % frames.length
      return block(draw(frames[frame] ?? ''))
    },
  })
  const next = () => {
    cancelFrame = clock.timer(interval, () => {
      next()
      spinner.render()
    })
  }
  const stop = () => {
    if (!spinning) return
    spinning = false
    process.off('exit', stop)
    cancelFrame()
    spinner.stop()
    stream.write(SHOW_CURSOR)
  }
  return {
    start: () => {
      spinning = true
      // for whoever leaves in the middle; a terminal is written synchronously
      process.on('exit', stop)
      stream.write(HIDE_CURSOR)
      spinner.start()
      next()
    },
    stop,
  }
}

/** The lines, and back to where they begin. Rows for them are made first, so that none scrolls away. */
function block(lines: readonly string[]): string {
  const more = lines.length - 1
  const back = more > 0 ? `\x1b[${more}A\r` : '\r'
  return `${WRAP_OFF}${more > 0 ? '\n'.repeat(more) : ''}${back}${lines.join(NEXT_LINE)}${back}${WRAP_ON}`
}

/**
 * What ora takes for the terminal. It clears row by row from the last one upwards; here the first row
 * that it clears clears them all.
 */
function surfaceOf(stream: NodeJS.WriteStream): NodeJS.WritableStream {
  // ora replaces `write` while lines move, to make room for what others write
  const write = stream.write.bind(stream)
  let isClear = true
  const surface = {
    isTTY: true,
    // rows are not counted, and lines not cut
    columns: Number.POSITIVE_INFINITY,
    write: (text: string) => {
      isClear = false
      write(text)
      // Node writes to a terminal at once: there is nothing to wait for
      return true
    },
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => {
      if (!isClear) write(CLEAR_FROM_HERE)
      isClear = true
      return true
    },
  }
  // all of a terminal that ora uses
  return surface as unknown as NodeJS.WritableStream
}
