/**
 * The body of a request as the bytes that are sent. A conversation only grows: what was sent of it before
 * stands ready, and each message is made into JSON once, however many requests it goes along with.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'

/** @returns for bodies whose messages are never changed once they were given; others take their place */
export function openRequestBytes(): (body: JsonObject) => Uint8Array {
  /** Those whose JSON is in `bytes`, and where that of each ends. */
  const known: JsonValue[] = []
  const ends: number[] = []
  let bytes = Buffer.alloc(0)

  function conversation(messages: readonly JsonValue[]): Uint8Array {
    const same = commonStart(known, messages)
    known.length = same
    ends.length = same
    for (const message of messages.slice(same)) {
      add(`${known.length === 0 ? '' : ','}${JSON.stringify(message)}`)
      known.push(message)
    }
    return bytes.subarray(0, ends.at(-1) ?? 0)
  }

  function add(text: string): void {
    const start = ends.at(-1) ?? 0
    const end = start + Buffer.byteLength(text)
    if (end > bytes.length) {
      const former = bytes
      bytes = Buffer.alloc(2 * end)
      former.copy(bytes, 0, 0, start)
    }
    bytes.write(text, start)
    ends.push(end)
  }

  return ({ messages, ...rest }) => {
    if (!Array.isArray(messages)) throw new TypeError('a request without messages')
    const head = Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"messages":[`)
    return Buffer.concat([head, conversation(messages), END])
  }
}

/** Apart: in a long run its loop is hot, and what stands around it would be compiled along with it. */
function commonStart(some: readonly JsonValue[], others: readonly JsonValue[]): number {
  let same = 0
  while (same < some.length && some[same] === others[same]) same += 1
  return same
}

const END = Buffer.from(']}')
