/** The bare floor of command tools: the same program through execa alone, as many at once. */
import { writeFileSync } from 'node:fs'
import { execa } from 'execa'

const [file, calls, atOnce, program] = process.argv.slice(2)
const startedAt = performance.now()
let left = Number(calls)
async function work() {
  while (left > 0) {
    left -= 1
    await execa(program, [], { stdin: 'ignore' })
  }
}
await Promise.all(Array.from({ length: Number(atOnce) }, work))
writeFileSync(file, JSON.stringify({ wallMs: performance.now() - startedAt }))
