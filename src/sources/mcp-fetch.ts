/**
 * Fetches for a server that is reached over HTTP, and reads no more of an answer than fits: one message
 * at most, as a process may send. The client above collects whole answers.
 */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024

/** The headers are the user's own, which go to the server and nowhere else. */
export async function boundedFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (response.body === null) return response
  const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')
  const body = response.body.pipeThrough(byteLimit(isStream))
  return new Response(body, response)
}

/** @param isStream  many messages, each ended by an empty line: the limit is for each of them */
function byteLimit(isStream: boolean): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      bytes = isStream && endsMessage(chunk) ? 0 : bytes + chunk.byteLength
      if (bytes <= MAX_MESSAGE_BYTES) controller.enqueue(chunk)
      else controller.error(new Error(`a message of more than ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB`))
    },
  })
}

/** Where the empty line is split over two chunks it is missed, and the next one counts. */
function endsMessage(chunk: Uint8Array): boolean {
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  return text.includes('\n\n') || text.includes('\n\r\n') || text.includes('\r\r')
}
