/**
 * CRC-32C (Castagnoli), the check of each record. Our own, because zlib's `crc32` is another
 * polynomial and not there in every Node that we run on.
 */

/** 0x1EDC6F41, its bits in reverse. */
const POLYNOMIAL = 0x82f63b78

/** Bytes at a time: a third of the time of one by one. */
const SLICE = 8
/** Of one byte, and in the tables behind it of a byte that one to seven others follow. */
const TABLES = tables()

function tables(): Int32Array {
  const all = new Int32Array(SLICE * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte
    for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0)
    all[byte] = value
  }
  for (let index = 256; index < all.length; index += 1) {
    const before = all[index - 256] ?? 0
    all[index] = (before >>> 8) ^ (all[before & 0xff] ?? 0)
  }
  return all
}

/** Of several records in one buffer one view is made: that costs as much as the sum of a short record. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * @param from  index of the first byte that counts
 * @param to    of the first one behind it that does not
 * @returns     an unsigned 32-bit number
 */
export function crc32c(view: DataView, from = 0, to = view.byteLength): number {
  let crc = -1
  let index = from
  for (; index + SLICE <= to; index += SLICE) {
    crc ^= view.getInt32(index, true)
    const next = view.getInt32(index + 4, true)
    crc =
      (TABLES[1792 + (crc & 0xff)] ?? 0) ^
      (TABLES[1536 + ((crc >>> 8) & 0xff)] ?? 0) ^
      (TABLES[1280 + ((crc >>> 16) & 0xff)] ?? 0) ^
      (TABLES[1024 + (crc >>> 24)] ?? 0) ^
      (TABLES[768 + (next & 0xff)] ?? 0) ^
      (TABLES[512 + ((next >>> 8) & 0xff)] ?? 0) ^
      (TABLES[256 + ((next >>> 16) & 0xff)] ?? 0) ^
      (TABLES[next >>> 24] ?? 0)
  }
  for (; index < to; index += 1) crc = (crc >>> 8) ^ (TABLES[(crc ^ view.getUint8(index)) & 0xff] ?? 0)
  return ~crc >>> 0
}
