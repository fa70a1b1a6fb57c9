/** A terminal that keeps what it is written, to count frames and to tell what stays from what moves. */
export type FakeTerminal = {
  readonly stream: NodeJS.WriteStream
  columns: number
  rows: number
  /** All that was written, as it was. */
  raw(): string
  /** How often the moving lines were drawn. */
  frames(): number
  /** The moving lines as they were drawn last; [] where they have been cleared since. */
  moving(): string[]
  /** The lines that stay. */
  lasting(): string[]
  cursorShown(): boolean
}

const FRAME = /\x1b\[\?7l.*?\x1b\[\?7h {2}/gs
const CONTROLS = /\x1b\[[0-9;?]*[A-Za-z]|\r/g

export function openFakeTerminal({ columns = 80, rows = 24 } = {}): FakeTerminal {
  let written = ''
  const stream = {
    isTTY: true,
    columns,
    rows,
    write: (text: string) => {
      written += text
      return true
    },
    on: () => stream,
    off: () => stream,
  }
  return {
    // all of a terminal that the progress display uses
    stream: stream as unknown as NodeJS.WriteStream,
    get columns() {
      return stream.columns
    },
    set columns(value) {
      stream.columns = value
    },
    get rows() {
      return stream.rows
    },
    set rows(value) {
      stream.rows = value
    },
    raw: () => written,
    frames: () => written.match(FRAME)?.length ?? 0,
    moving: () => {
      const last = written.match(FRAME)?.at(-1)
      if (last === undefined || written.slice(written.lastIndexOf(last) + last.length).includes('\x1b[J')) return []
      return last
        .replaceAll('\r\x1b[B', '\n')
        .replaceAll(CONTROLS, '')
        .split('\n')
        .map((line) => line.trimEnd())
        .filter((line) => line !== '')
    },
    lasting: () => {
      const text = written.replaceAll(FRAME, '').replaceAll(CONTROLS, '')
      return text.split('\n').slice(0, -1)
    },
    cursorShown: () => written.lastIndexOf('\x1b[?25h') >= written.lastIndexOf('\x1b[?25l'),
  }
}
