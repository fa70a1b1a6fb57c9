/**
 * The one door to stdout, or to the file of `-o`. Takes text at once, writes it in order and whole,
 * however slow the reader, and says when that cannot be done. It knows no format.
 */
import { AgentError } from '../contract/error.ts'
import { systemReason } from '../contract/system-error.ts'
import type { Sink } from './sink.ts'
import { checkFile, openFileSink, openStdoutSink } from './sink.ts'

export interface Output {
  /** Takes the text and returns at once; nothing is taken any more when the output is broken or closed. */
  write(text: string): void
  /**
   * Resolves when everything has been handed to the system.
   * @throws AgentError `output-closed` (exit 141): the reader has gone; `output-failed` (exit 12)
   */
  close(): Promise<void>
  /** Calls back once, as soon as it is known that the output cannot be written. */
  onBroken(callback: (error: AgentError) => void): void
}

/** What is joined into one write; a larger text is written as it is. */
const MAX_WRITE = 1024 * 1024

/**
 * Finds out what can be known of an output before there is anything to write: a file is neither
 * made nor emptied.
 * @throws AgentError `output-failed` (exit 12)
 */
export function checkOutput({ file }: { file: string | null }): void {
  if (file !== null) checkFile(file)
}

/**
 * Opens it, and empties a file that was there.
 *
 * @param target  null: stdout
 * @throws AgentError `output-failed` (exit 12) where the file cannot be opened
 */
export function openOutput(target: { file: string | null }): Output {
  const { file } = target
  if (file === null) return openSinkOutput(openStdoutSink(), 'stdout')
  return openSinkOutput(openFileSink(file), `"${file}"`)
}

/** @param name  of the output, as messages call it */
export function openSinkOutput(sink: Sink, name: string): Output {
  let queue: string[] = []
  let writing = false
  let broken: AgentError | null = null
  let closing: { promise: Promise<void>; settle: (error: AgentError | null) => void } | null = null
  const callbacks: ((error: AgentError) => void)[] = []

  const fail = (error: Error) => {
    if (broken !== null) return
    broken = outputError(error, name)
    queue = []
    for (const callback of callbacks) callback(broken)
    sink.end(() => closing?.settle(broken))
  }
  const next = () => {
    if (broken !== null) return
    const text = take(queue)
    if (text === '') {
      if (closing !== null) sink.end((error) => closing?.settle(error === null ? null : outputError(error, name)))
      return
    }
    writing = true
    sink.write(Buffer.from(text), (error) => {
      writing = false
      if (error === null) next()
      else fail(error)
    })
  }
  sink.onError(fail)

  return {
    write: (text) => {
      if (broken !== null || closing !== null || text === '') return
      queue.push(text)
      if (!writing) next()
    },
    close: () => {
      if (closing === null) {
        closing = settleable()
        if (broken !== null) closing.settle(broken)
        else if (!writing) next()
      }
      return closing.promise
    },
    onBroken: (callback) => {
      if (broken === null) callbacks.push(callback)
      else callback(broken)
    },
  }
}

/** The queue's first texts, as many as make up a write of fair size. */
function take(queue: string[]): string {
  let length = 0
  let count = 0
  while (count < queue.length && length < MAX_WRITE) {
    length += queue[count]?.length ?? 0
    count += 1
  }
  return queue.splice(0, count).join('')
}

function settleable(): { promise: Promise<void>; settle: (error: AgentError | null) => void } {
  let settle: (error: AgentError | null) => void = () => undefined
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === null ? resolve() : reject(error))
  })
  // close() may be called by somebody who has not yet come to await it
  promise.catch(() => undefined)
  return { promise, settle }
}

/** @param error  of the system: it has a `code` */
function outputError(error: Error & { code?: string }, name: string): AgentError {
  if (error.code === 'EPIPE' || error.code === 'ECONNRESET') {
    return new AgentError('output-closed', `the reader of ${name} has gone`, { exit: 'sigpipe', cause: error })
  }
  return new AgentError('output-failed', `${name} could not be written: ${systemReason(error)}`, {
    exit: 'output',
    hint: error.code === 'ENOSPC' ? 'make room, or write elsewhere with -o FILE' : null,
    cause: error,
  })
}
