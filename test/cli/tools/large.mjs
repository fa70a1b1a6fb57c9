/** Values that are too large for anybody. */
import { both } from './both.mjs'

const MEGABYTE = 1024 * 1024
const parts = (megabytes) => Array.from({ length: megabytes / 50 }, () => 'é'.repeat(25 * MEGABYTE))

export default [
  // One string of V8 holds 512 MB at most.
  ...both('large_text', ({ megabytes }) => 'x'.repeat(Math.min(megabytes, 500) * MEGABYTE)),
  ...both('large_list', ({ megabytes }) => ({ parts: parts(megabytes) })),
  ...both('large_binary', ({ megabytes }) => Buffer.alloc(megabytes * MEGABYTE)),
  ...both('many_numbers', ({ megabytes }) => new Uint16Array((megabytes * MEGABYTE) / 20)),
  ...both('large_error', ({ megabytes }) => {
    throw new Error('x'.repeat(Math.min(megabytes, 500) * MEGABYTE))
  }),
  ...both('kilobytes', ({ kilobytes, of }) => of.repeat(kilobytes * 1024)),
  ...both('sparse', () => new Array(2 ** 32 - 1)),
  ...both('laughs', () => {
    let value = ['ha']
    for (let level = 0; level < 40; level += 1) value = [value, value]
    return value
  }),
]
