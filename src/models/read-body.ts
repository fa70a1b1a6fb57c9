/**
 * Reads the body of an answer into a message stream: a part is told in the same tick in which its last byte
 * arrived. What has arrived in one read of the socket, which may be hundreds of chunks, is read as one text. It
 * ends with whatever ends first: the message, an error, nonsense, or the body itself.
 */
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { openEventStream } from './event-stream.ts'
import type { MessageStream, StreamEnd } from './message-stream.ts'

/** `cut`: the body ended or broke before the message did. `empty`: it ended in order, without one byte. */
export type BodyEnd = StreamEnd | { type: 'cut' } | { type: 'empty' }

/**
 * @param onAlive  called when something has arrived, once for all that came with it
 * @param onEnd    called at most once, never after the returned function was
 * @param onBug    an exception out of a listener for parts
 * @returns        stops reading; what else arrives is thrown away
 */
export function readBody(
  incoming: Readable,
  message: MessageStream,
  { onAlive, onEnd, onBug }: { onAlive(): void; onEnd(end: BodyEnd): void; onBug(thrown: unknown): void },
): () => void {
  let stopped = false
  let empty = true

  const end = (how: BodyEnd) => {
    if (stopped) return
    stopped = true
    onEnd(how)
  }
  const stream = openEventStream(
    (data, name) => {
      if (stopped) return
      const ended = message.read(data, name)
      if (ended !== null) end(ended)
    },
    () => end({ type: 'malformed', message: 'an event without end' }),
  )

  // A decoder of our own, which keeps the bytes of a character that the chunks have split: the body
  // of a proxied answer goes on with bytes after setEncoding.
  const decoder = new StringDecoder('utf8')
  let arrived: Buffer[] = []
  const read = () => {
    const chunks = arrived
    arrived = []
    const [first] = chunks
    if (stopped || first === undefined) return
    try {
      stream.feed(decoder.write(chunks.length === 1 ? first : Buffer.concat(chunks)))
    } catch (thrown) {
      if (!stopped) onBug(thrown)
      stopped = true
    }
  }
  const endWith = (how: BodyEnd) => {
    read()
    end(how)
  }
  incoming.on('data', (bytes: Buffer) => {
    if (stopped) return
    empty = false
    if (arrived.push(bytes) > 1) return
    onAlive()
    process.nextTick(read)
  })
  incoming.on('end', () => endWith({ type: empty ? 'empty' : 'cut' }))
  incoming.on('error', () => endWith({ type: 'cut' }))
  incoming.on('close', () => endWith({ type: 'cut' }))
  return () => {
    stopped = true
  }
}
