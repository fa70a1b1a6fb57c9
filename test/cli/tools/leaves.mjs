/** Tools that answer at once and leave something behind. `sleep 300` of theirs outlives any test. */
import { execSync, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { both } from './both.mjs'

const BUSY = 'setInterval(() => {}, 1000)'

const LEFT = {
  timer: () => setInterval(() => {}, 1),
  busy_timer: () => {
    const spin = () => setImmediate(spin)
    spin()
  },
  socket: () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1', () => connect(server.address().port, '127.0.0.1'))
  },
  worker: () => new Worker(BUSY, { eval: true }),
  worker_that_loops: () => new Worker('while (true);', { eval: true }),
  worker_in_shell: () => new Worker(`require('node:child_process').execSync('sleep 300')`, { eval: true }),
  child: () => spawn('sleep', ['300']),
  child_on_our_pipes: () => spawn('sleep', ['300'], { stdio: 'inherit' }),
  deaf_child: () => spawn('sh', ['-c', `trap '' TERM INT HUP; while :; do sleep 1; done`], { stdio: 'inherit' }),
  own_group: () => spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).unref(),
  own_group_on_our_pipes: () => spawn('sleep', ['300'], { detached: true, stdio: 'inherit' }).unref(),
  own_group_with_children: () =>
    spawn('sh', ['-c', 'setsid sleep 300 & sleep 300 & wait'], { detached: true, stdio: 'ignore' }).unref(),
  background: () => execSync('sleep 300 > /dev/null 2>&1 &'),
  deaf_ears: () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'disconnect']) process.on(signal, () => {})
  },
  exit_listener: () => {
    process.on('exit', () => {
      while (true);
    })
    process.on('beforeExit', () => setTimeout(() => {}, 1000))
  },
}

/** A daemon proper, of which nobody knows whose it is. */
const daemon = () => execSync('(setsid sleep 300 &) > /dev/null 2>&1 < /dev/null')

export const KINDS = Object.keys(LEFT)

export default [
  ...both('leaves', ({ what }) => {
    LEFT[what]()
    return 'left'
  }),
  ...both('leaves_daemon', () => {
    daemon()
    return 'left'
  }),
]
