/**
 * CRC-32C (Castagnoli), the check of each record. Our own, because zlib's `crc32` is another
 * polynomial and not there in every Node that we run on.
 */

/** 0x1EDC6F41, its bits in reverse. */
const POLYNOMIAL = 0x82f63b78

const TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0)
  return value
})

/**
 * @param from  index of the first byte that counts
 * @returns     an unsigned 32-bit number
 */
export function crc32c(bytes: Uint8Array, from = 0): number {
  let crc = -1
  for (let index = from; index < bytes.length; index += 1) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0)
  }
  return ~crc >>> 0
}
