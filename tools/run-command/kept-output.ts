/**
 * Keeps the head and the tail of a stream of bytes; what lies between is counted and dropped as it
 * comes, so that memory stays flat whatever a program writes.
 */
const MAX_KEPT_BYTES = 200 * 1024

export type KeptOutput = {
  add(chunk: Buffer): void
  /** With a note where something was left out. */
  text(): string
  /** The last `maxBytes` of it. */
  tail(maxBytes: number): string
}

export function openKeptOutput(maxBytes = MAX_KEPT_BYTES): KeptOutput {
  const half = Math.floor(maxBytes / 2)
  const head = Buffer.alloc(half)
  // A ring: each byte is copied once, however small the pieces that it comes in.
  const ring = Buffer.alloc(half)
  let total = 0

  const last = (): Buffer => {
    const passed = Math.max(total - half, 0)
    if (passed <= half) return ring.subarray(0, passed)
    const at = passed % half
    return Buffer.concat([ring.subarray(at), ring.subarray(0, at)])
  }
  const first = (): Buffer => head.subarray(0, Math.min(total, half))

  return {
    add(chunk) {
      const forHead = total < half ? chunk.copy(head, total) : 0
      total += forHead
      for (let from = forHead; from < chunk.length; ) {
        const copied = chunk.copy(ring, (total - half) % half, from)
        from += copied
        total += copied
      }
    },
    text() {
      const left = total - first().length - last().length
      if (left === 0) return Buffer.concat([first(), last()]).toString()
      return `${first()}\n[... ${left} of ${total} bytes left out ...]\n${last()}`
    },
    tail(maxBytes) {
      return Buffer.concat([first(), last()]).subarray(-maxBytes).toString()
    },
  }
}
