/**
 * Lines of a journal that wait to be written, as bytes in one place: most runs never have more than it holds.
 */
import { viewOf } from './crc32c.ts'
import { seal } from './record.ts'

/** Bytes. */
const SIZE = 64 * 1024
/** Of a UTF-16 code unit as UTF-8. */
const MAX_UNIT_BYTES = 3

export class WaitingLines {
  readonly #bytes = Buffer.allocUnsafeSlow(SIZE)
  readonly #view = viewOf(this.#bytes)
  #used = 0

  get isEmpty(): boolean {
    return this.#used === 0
  }

  fits(line: string): boolean {
    return line.length * MAX_UNIT_BYTES <= SIZE - this.#used
  }

  /** @param line  one that fits */
  add(line: string): void {
    const start = this.#used
    this.#used += this.#bytes.write(line, start)
    seal(this.#view, start, this.#used)
  }

  /** All of them, which wait no longer; good until the next one is added. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#used)
    this.#used = 0
    return taken
  }
}
