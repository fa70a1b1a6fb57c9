/**
 * What a process has written so far, and a way to wait for a text in it: tests wait for what they
 * see, never for a time.
 */
import type { Readable } from 'node:stream'

export interface Capture {
  /** All that was read until now. */
  text(): string
  /** Starts reading; without it the pipe fills up. */
  read(): void
  /** Whether the writer's end was seen. */
  ended(): boolean
  /** The text up to and including the first match; rejects when the stream ends without one. */
  until(pattern: string | RegExp): Promise<string>
  /** Resolves at the end of the stream, or after `graceMs`; at once where nothing is being read. */
  whenEnded(graceMs: number): Promise<void>
}

export function openCapture(stream: Readable | null): Capture {
  const chunks: Buffer[] = []
  const waiters = new Set<() => void>()
  let over = stream === null
  let complete = false
  let reading = false
  let joined = ''
  let joinedChunks = 0
  const tell = () => {
    for (const waiter of [...waiters]) waiter()
  }
  const text = () => {
    if (joinedChunks !== chunks.length) {
      joined = Buffer.concat(chunks).toString('utf8')
      joinedChunks = chunks.length
    }
    return joined
  }
  stream?.on('end', () => {
    complete = true
  })
  stream?.on('close', () => {
    over = true
    tell()
  })
  stream?.on('error', () => {}) // a reader that leaves; `close` follows
  return {
    text,
    ended: () => complete,
    read() {
      if (reading || stream === null) return
      reading = true
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        tell()
      })
    },
    until(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = match(text(), pattern)
          if (found === null && !over) return
          waiters.delete(look)
          if (found !== null) resolve(found)
          else reject(new Error(`the stream ended without ${String(pattern)}; it held: ${text().slice(-2000)}`))
        }
        waiters.add(look)
        look()
      })
    },
    whenEnded(graceMs) {
      if (over || !reading) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, graceMs)
        stream?.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
  }
}

function match(text: string, pattern: string | RegExp): string | null {
  const at = typeof pattern === 'string' ? text.indexOf(pattern) : text.search(pattern)
  if (at === -1) return null
  const length = typeof pattern === 'string' ? pattern.length : (pattern.exec(text)?.[0].length ?? 0)
  return text.slice(0, at + length)
}
