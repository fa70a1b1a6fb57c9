/**
 * Collects what a tool's value yields, in as much room as any result may take. Texts of an asynchronous one are
 * the pieces of one text, as a model streams them, and so are bytes; all else becomes a list. What yields
 * nothing is told by what it returns.
 */
import { TextDecoder } from 'node:util'
import { openKeptOutput } from '../contract/kept-output.ts'
import type { Cancellation } from './cancellation.ts'
import { binaryJson, bytesOf, type JsonText, jsonText, keptJson, keptText, MAX_BINARY_BYTES } from './json-text.ts'
import { atTurnEnd } from './time.ts'

/** After so many the loop turns: one that never waits for anything would keep it from hearing of an abort. */
const YIELDS_A_TURN = 1000
/** The level of a list's members. */
const IN_LIST: readonly object[] = [[]]

/** Rejects with what it throws, or with the reason of an abort: it is ended where it yields the next time. */
export async function collectAsync(
  yielding: AsyncIterable<unknown>,
  cancellation: Cancellation,
  maxBytes: number,
): Promise<JsonText> {
  const pieces = openPieces(maxBytes)
  const list = openList(maxBytes)
  const iterator = yielding[Symbol.asyncIterator]()
  for (let count = 0; ; count += 1) {
    const { done, value } = await iterator.next()
    if (done) return count === 0 ? jsonText(value, maxBytes) : (pieces.end() ?? list.end())
    if (cancellation.aborted) {
      await iterator.return?.()
      throw cancellation.reason
    }
    pieces.add(value)
    list.add(value)
    if (count % YIELDS_A_TURN === YIELDS_A_TURN - 1) await new Promise<void>(atTurnEnd)
  }
}

/** Throws what it throws. */
export function collectSync(yielding: Iterable<unknown>, maxBytes: number): JsonText {
  const list = openList(maxBytes)
  const iterator = yielding[Symbol.iterator]()
  for (let count = 0; ; count += 1) {
    const { done, value } = iterator.next()
    if (done) return count === 0 && value !== undefined ? jsonText(value, maxBytes) : list.end()
    list.add(value)
  }
}

function openList(maxBytes: number) {
  const kept = openKeptOutput(maxBytes)
  return {
    add(value: unknown): void {
      const separator = kept.totalBytes === 0 ? '[' : ','
      kept.add(Buffer.from(`${separator}${jsonText(value, maxBytes, IN_LIST).text}`))
    },
    end(): JsonText {
      kept.add(Buffer.from(kept.totalBytes === 0 ? '[]' : ']'))
      return keptJson(kept)
    },
  }
}

/** Of texts, or of bytes, which are a text where they are UTF-8. */
function openPieces(maxBytes: number) {
  const kept = openKeptOutput(maxBytes)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const head: Buffer[] = []
  let kind: 'text' | 'bytes' | 'other' | null = null
  let isUtf8 = true
  /** Half a character, whose other half is in the next piece. */
  let half = ''

  function addText(piece: string): void {
    const text = half + piece
    half = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : ''
    kept.add(Buffer.from(half === '' ? text : text.slice(0, -1)))
  }

  function addBytes(bytes: Buffer): void {
    // A tool may use the same memory for its next piece.
    const own = Buffer.from(bytes)
    if (kept.totalBytes < MAX_BINARY_BYTES) head.push(own)
    kept.add(own)
    isUtf8 &&= decodes(decoder, own, true)
  }

  return {
    add(value: unknown): void {
      const bytes = typeof value === 'object' && value !== null ? bytesOf(value) : null
      const found = typeof value === 'string' ? 'text' : bytes === null ? 'other' : 'bytes'
      kind = kind === null || kind === found ? found : 'other'
      if (kind === 'text') addText(String(value))
      else if (kind === 'bytes' && bytes !== null) addBytes(bytes)
    },
    /** @returns null where they are no pieces of one thing */
    end(): JsonText | null {
      if (kind === 'other') return null
      if (kind === 'text') kept.add(Buffer.from(half))
      if (kind === 'text' || (isUtf8 && decodes(decoder, Buffer.alloc(0), false))) return keptText(kept)
      return jsonText(binaryJson(Buffer.concat(head), kept.totalBytes), maxBytes)
    },
  }
}

function decodes(decoder: TextDecoder, bytes: Buffer, stream: boolean): boolean {
  try {
    decoder.decode(bytes, { stream })
    return true
  } catch {
    return false
  }
}
