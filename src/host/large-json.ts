/**
 * JSON text of a value whose text is longer than a string can be: it is written in pieces.
 */
import type { JsonValue } from '../contract/json.ts'
import { stringify } from './own-json.ts'

/** Of a piece, in characters: each costs as much as a small value. */
const MAX_PIECE = 64 * 1024

/** @param add  is given the pieces, in order; each is whole characters */
export function writeJson(value: JsonValue, add: (piece: string) => void): void {
  let piece = ''
  function put(text: string): void {
    piece += text
    if (piece.length < MAX_PIECE) return
    add(piece)
    piece = ''
  }
  function putText(text: string): void {
    put('"')
    for (let at = 0; at < text.length; ) {
      const end = characterEnd(text, Math.min(at + MAX_PIECE, text.length))
      put(stringify(text.slice(at, end)).slice(1, -1))
      at = end
    }
    put('"')
  }
  function write(part: JsonValue): void {
    if (typeof part === 'string') putText(part)
    else if (typeof part !== 'object' || part === null) put(stringify(part))
    else if (Array.isArray(part)) writeAll('[', part.entries(), (_, member) => write(member), ']')
    else writeAll('{', Object.entries(part), writeMember, '}')
  }
  function writeMember(key: string, member: JsonValue): void {
    putText(key)
    put(':')
    write(member)
  }
  function writeAll<K>(
    open: string,
    members: Iterable<[K, JsonValue]>,
    writeOne: (key: K, member: JsonValue) => void,
    close: string,
  ): void {
    put(open)
    let separator = ''
    for (const [key, member] of members) {
      put(separator)
      writeOne(key, member)
      separator = ','
    }
    put(close)
  }
  write(value)
  add(piece)
}

function characterEnd(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1)
  return at < text.length && unit >= 0xd800 && unit <= 0xdbff ? at + 1 : at
}
