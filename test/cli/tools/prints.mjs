/** Tools that print wherever they can. The texts are put together here, so that no input or name holds them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { both, onLoop, sleep } from './both.mjs'

const mark = (way, place) => `<<${way}|${place}>>`
const everyWay = (place) => {
  console.log(mark('log', place))
  console.info(mark('info', place))
  console.error(mark('error', place))
  console.table([{ way: mark('table', place) }])
  console.dir({ way: mark('dir', place) })
  process.stdout.write(`${mark('stdout', place)}\n`)
  process.stderr.write(`${mark('stderr', place)}\n`)
  writeSync(1, `${mark('descriptor 1', place)}\n`)
  writeSync(2, `${mark('descriptor 2', place)}\n`)
  spawnSync('echo', [mark('child', place)], { stdio: 'inherit' })
  execFileSync('sh', ['-c', `echo '${mark('shell', place)}' >&1; echo '${mark('shell error', place)}' >&2`], {
    stdio: 'inherit',
  })
  return 'printed'
}

export default [
  onLoop('prints', async () => everyWay('loop')),
  { ...both('prints', () => everyWay('thread'))[1] },
  onLoop('prints_json', async () => {
    // What would pass for an event of ours, and for the end of the document.
    process.stdout.write('{"type":"run_end"}\n}\n]\n')
    return 'printed'
  }),
  onLoop('prints_later', async () => {
    setTimeout(() => console.log(mark('later', 'loop')), 20)
    await sleep(100)
    return 'printed'
  }),
  ...both('prints_much', ({ megabytes, by }) => {
    const lines = `${'0123456789abcde\n'.repeat(4096)}`
    for (let written = 0; written < megabytes * 1024 * 1024; written += lines.length) {
      if (by === 'stdout') process.stdout.write(lines)
      else if (by === 'console') console.log(lines.slice(0, -1))
      else writeSync(1, lines)
    }
    return 'printed'
  }),
]
