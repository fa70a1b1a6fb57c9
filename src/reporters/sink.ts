/**
 * Where bytes go. A pipe, socket or terminal is written by Node's own stream, which does not block
 * and waits in no thread: a thread that hangs in `write` would hold up `process.exit` until the
 * reader comes back. A file or device is written by `fs.write`, because Node's stream for files
 * drops what a partial write has left over.
 */
import * as fs from 'node:fs'
import { Socket } from 'node:net'
import { dirname } from 'node:path'
import { isatty, WriteStream } from 'node:tty'
import { AgentError } from '../contract/error.ts'
import { systemReason } from '../contract/system-error.ts'

export interface Sink {
  /** `done` is told when the system has taken all bytes, or why it does not. One at a time. */
  write(bytes: Buffer, done: (error: Error | null) => void): void
  end(done: (error: Error | null) => void): void
  /** Told of faults that belong to no write. */
  onError(callback: (error: Error) => void): void
}

export function openStdoutSink(): Sink {
  const kind = kindOf(1)
  if (kind === 'file') return descriptorSink(1, () => null)
  return kind === 'terminal' ? terminalSink(process.stdout) : streamSink(process.stdout, () => undefined)
}

/** @throws AgentError `output-failed` (exit 12) */
export function openFileSink(file: string): Sink {
  const descriptor = openFile(file)
  const kind = kindOf(descriptor)
  if (kind === 'file') return descriptorSink(descriptor, () => closeFile(descriptor))
  const stream =
    kind === 'terminal' ? new WriteStream(descriptor) : new Socket({ fd: descriptor, readable: false, writable: true })
  return streamSink(stream, () => stream.destroy())
}

function kindOf(descriptor: number): 'terminal' | 'pipe' | 'file' {
  if (isatty(descriptor)) return 'terminal'
  const status = fs.fstatSync(descriptor)
  return status.isFIFO() || status.isSocket() ? 'pipe' : 'file'
}

/**
 * Whether the file can be opened, as far as that can be told without touching it.
 * @throws AgentError `output-failed` (exit 12)
 */
export function checkFile(file: string): void {
  try {
    const status = fs.statSync(file, { throwIfNoEntry: false })
    if (status?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
    fs.accessSync(status === undefined ? dirname(file) : file, fs.constants.W_OK)
  } catch (thrown) {
    throw unwritable(file, thrown)
  }
}

function openFile(file: string): number {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = fs.constants
  try {
    // a FIFO that nobody reads would block the whole process in `open`
    const isFifo = fs.statSync(file, { throwIfNoEntry: false })?.isFIFO() ?? false
    return fs.openSync(file, O_WRONLY | O_CREAT | O_TRUNC | (isFifo ? O_NONBLOCK : 0), 0o666)
  } catch (thrown) {
    throw unwritable(file, thrown)
  }
}

function unwritable(file: string, thrown: unknown): AgentError {
  // fs throws nothing but system errors here
  const error = thrown as Error & { code?: string }
  return new AgentError('output-failed', `"${file}" cannot be written: ${openReason(error)}`, {
    exit: 'output',
    hint: 'name a file in a folder that exists and that you may write to',
    cause: error,
  })
}

function openReason(error: Error & { code?: string }): string {
  if (error.code === 'EISDIR') return 'it is a folder'
  if (error.code === 'ENXIO') return 'nobody reads it'
  if (error.code === 'ENOENT') return 'its folder does not exist'
  return systemReason(error)
}

function closeFile(descriptor: number): Error | null {
  try {
    fs.closeSync(descriptor)
    return null
  } catch (thrown) {
    // a network file system or a quota may refuse only now; fs throws nothing but system errors here
    return thrown as Error
  }
}

function descriptorSink(descriptor: number, close: () => Error | null): Sink {
  const writeFrom = (bytes: Buffer, from: number, done: (error: Error | null) => void): void => {
    fs.write(descriptor, bytes, from, bytes.length - from, null, (error, written) => {
      if (error?.code === 'EAGAIN') setImmediate(writeFrom, bytes, from, done)
      else if (error) done(error)
      else if (from + written < bytes.length) writeFrom(bytes, from + written, done)
      else done(null)
    })
  }
  return {
    write: (bytes, done) => writeFrom(bytes, 0, done),
    end: (done) => done(close()),
    onError: () => undefined,
  }
}

/**
 * Node writes to a terminal at once, so the next text need not wait to be told: what is written to
 * stdout stands on the screen before what is then written to stderr.
 */
function terminalSink(stream: NodeJS.WritableStream): Sink {
  return {
    write: (bytes, done) => {
      stream.write(bytes)
      done(null)
    },
    end: (done) => {
      stream.write('', (error) => done(error ?? null))
    },
    onError: (callback) => {
      stream.on('error', callback)
    },
  }
}

function streamSink(stream: NodeJS.WritableStream, close: () => void): Sink {
  return {
    write: (bytes, done) => {
      stream.write(bytes, (error) => done(error ?? null))
    },
    end: (done) => {
      close()
      done(null)
    },
    // the listener stays for ever: an error that nobody listens to would end the process
    onError: (callback) => {
      stream.on('error', callback)
    },
  }
}
