/**
 * Keeps the head and the tail of a stream of bytes; what lies between is counted and dropped as it
 * comes, so that memory stays flat whatever a program or a tool writes. Little output costs little: room for
 * head and tail is made only when more than fits has come.
 */
import { isContinuation } from './truncate.ts'

export type KeptOutput = {
  add(chunk: Buffer): void
  /** All bytes that came, kept or not. */
  readonly totalBytes: number
  /** Whether something was left out. */
  readonly truncated: boolean
  /** With a note where something was left out. */
  text(): string
  /** The last `maxBytes` of it. */
  tail(maxBytes: number): string
}

export function openKeptOutput(maxBytes: number): KeptOutput {
  const half = Math.floor(maxBytes / 2)
  let chunks: Buffer[] = []
  let total = 0
  /** Head, and a ring for the tail: each byte is copied once, however small the pieces that it comes in. */
  let spilled: { head: Buffer; ring: Buffer } | null = null

  function spill(): { head: Buffer; ring: Buffer } {
    const kept = Buffer.concat(chunks)
    chunks = []
    spilled = { head: Buffer.alloc(half), ring: Buffer.alloc(half) }
    kept.copy(spilled.head)
    total = Math.min(kept.length, half)
    addToRing(spilled.ring, kept.subarray(half))
    return spilled
  }

  function addToRing(ring: Buffer, chunk: Buffer): void {
    for (let from = 0; from < chunk.length; ) {
      const copied = chunk.copy(ring, (total - half) % half, from)
      from += copied
      total += copied
    }
  }

  function parts(): [first: Buffer, last: Buffer] {
    if (spilled === null) return [Buffer.concat(chunks), Buffer.alloc(0)]
    const passed = Math.max(total - half, 0)
    if (passed <= half) return [spilled.head, spilled.ring.subarray(0, passed)]
    const at = passed % half
    return [spilled.head, Buffer.concat([spilled.ring.subarray(at), spilled.ring.subarray(0, at)])]
  }

  return {
    get totalBytes() {
      return total
    },
    get truncated() {
      return total > half * 2
    },
    add(chunk) {
      if (spilled === null && total + chunk.length <= half * 2) {
        chunks.push(chunk)
        total += chunk.length
        return
      }
      const { ring } = spilled ?? spill()
      if (total >= half) {
        addToRing(ring, chunk)
        return
      }
      // Less than the head came before: `spill` has put that in its place.
      const forHead = chunk.copy(spilled?.head ?? ring, total)
      total += forHead
      addToRing(ring, chunk.subarray(forHead))
    },
    text() {
      const [first, last] = parts()
      if (total === first.length + last.length) return Buffer.concat([first, last]).toString()
      const head = first.subarray(0, wholeEnd(first))
      const tail = last.subarray(wholeStart(last))
      const left = total - head.length - tail.length
      return `${head}\n[... ${left} of ${total} bytes left out ...]\n${tail}`
    },
    tail(maxBytes) {
      return Buffer.concat(parts()).subarray(-maxBytes).toString()
    },
  }
}

/** Of UTF-8, no character has more bytes; what goes on longer is none. */
const MAX_CONTINUATIONS = 3

/** Behind the rest of a character whose beginning was left out. */
function wholeStart(bytes: Buffer): number {
  let at = 0
  while (at < MAX_CONTINUATIONS && isContinuation(bytes[at])) at += 1
  return at
}

/** Before the beginning of a character whose rest was left out. */
function wholeEnd(bytes: Buffer): number {
  let lead = bytes.length - 1
  while (lead >= bytes.length - MAX_CONTINUATIONS && isContinuation(bytes[lead])) lead -= 1
  return bytes.length - lead < characterLength(bytes[lead] ?? 0) ? lead : bytes.length
}

function characterLength(lead: number): number {
  if (lead >= 0xf0) return 4
  if (lead >= 0xe0) return 3
  return lead >= 0xc0 ? 2 : 1
}
