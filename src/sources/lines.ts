/**
 * Takes a stream of bytes apart into lines, each in one piece. A line that is longer than the limit is
 * not collected: whoever sends it gets no further.
 */
export interface LineReader {
  /** @returns false where a line is too long; nothing more is read then */
  push(chunk: Buffer): boolean
}

export function openLines(maxBytes: number, line: (text: string) => void): LineReader {
  /** The line that has not ended yet; joined once, however many pieces it comes in. */
  let pieces: Buffer[] = []
  let bytes = 0
  return {
    push(chunk) {
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        if (bytes + end - from > maxBytes) return false
        const last = chunk.subarray(from, end)
        const whole = pieces.length === 0 ? last : Buffer.concat([...pieces, last])
        pieces = []
        bytes = 0
        from = end + 1
        line(whole.toString('utf8'))
      }
      bytes += chunk.length - from
      if (bytes > maxBytes) {
        pieces = []
        return false
      }
      if (from < chunk.length) pieces.push(chunk.subarray(from))
      return true
    },
  }
}
