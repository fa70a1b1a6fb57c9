/**
 * Cuts a body into server-sent events (the only door to eventsource-parser). It takes text in any
 * pieces, CRLF and comments included, and says nothing about what an event means.
 */
import { createParser } from 'eventsource-parser'

/** A server that never ends a line must not fill our memory; the largest real event is far below. */
const MAX_EVENT_LENGTH = 32 * 1024 * 1024

export interface EventStream {
  feed(text: string): void
}

/** @param onOverflow  an event was larger than 32 Mi characters; nothing more can be read */
export function openEventStream(
  onEvent: (data: string, name: string | null) => void,
  onOverflow: () => void,
): EventStream {
  let first = true
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onEvent: ({ data, event }) => onEvent(data, event ?? null),
    // Unknown fields are ignored, as the specification says.
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') onOverflow()
    },
  })
  return {
    feed: (text) => {
      if (first && text !== '') {
        first = false
        // The parser knows the byte order mark only as three Latin-1 characters.
        if (text.charCodeAt(0) === 0xfeff) return parser.feed(text.slice(1))
      }
      parser.feed(text)
    },
  }
}
