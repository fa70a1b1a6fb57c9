import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MARKER, survivors } from '../rig/survivors.ts'

const root = join(import.meta.dirname, '..', '..')
const FAULTS = join(root, 'test', 'sources', 'tools', 'faults.mjs')

/** A main process of one's own, which forks a host, hands it one call and says what it hears. */
const PARENT = `
const { fork } = require('node:child_process')
const settings = { root: null, allowDotfiles: false, allowPrivateNetwork: false }
const options = JSON.stringify({ offline: true, maxThreads: 2, settings })
const host = fork(process.argv[1], [options], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'] })
const call = (number, tool) => ({ type: 'call', call: number, file: process.argv[2], tool, thread: false, input: {}, attempt: 1, idempotencyKey: 'k' })
host.on('message', (batch) => batch.forEach((message) => process.send({ message, pid: host.pid })))
host.stdio[4].on('data', (data) => process.send({ report: String(data) }))
process.on('message', ({ number, tool }) => host.send([call(number, tool)]))
`

type Heard = { message?: { type: string; call?: number; value?: string }; pid?: number; report?: string }

function openParent(): {
  parent: ChildProcess
  marker: string
  heard(test: (heard: Heard) => boolean): Promise<Heard>
} {
  const marker = randomUUID()
  const parent = spawn(process.execPath, ['-e', PARENT, join(root, 'dist', 'host.js'), FAULTS], {
    env: { PATH: process.env['PATH'] ?? '', [MARKER]: marker },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const heard = (test: (heard: Heard) => boolean) =>
    new Promise<Heard>((resolve) => {
      parent.on('message', (message: Heard) => {
        if (test(message)) resolve(message)
      })
    })
  return { parent, marker, heard }
}

it.each([
  ['idle', 'quick', (heard: Heard) => heard.message?.type === 'returned'],
  ['blocked', 'loops', (heard: Heard) => heard.report === 'blocked 1\n'],
  ['blocked in a system call', 'sleeps_in_shell', (heard: Heard) => heard.report === 'blocked 1\n'],
])('an %s host ends when its parent is killed', async (_, tool, reached) => {
  const { parent, marker, heard } = openParent()
  await heard(({ message }) => message?.type === 'ready')
  const there = heard(reached)
  parent.send({ number: 1, tool })
  await there
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  expect(await survivors(marker, 2000)).toEqual([])
})

it('the host ignores what a terminal sends to the whole group', async () => {
  const { parent, marker, heard } = openParent()
  const { pid } = await heard(({ message }) => message?.type === 'ready')
  if (pid === undefined) throw new Error('no pid')
  const first = heard(({ message }) => message?.call === 1)
  parent.send({ number: 1, tool: 'counts' })
  await first
  process.kill(pid, 'SIGINT')
  process.kill(pid, 'SIGHUP')
  const second = heard(({ message }) => message?.call === 2)
  parent.send({ number: 2, tool: 'counts' })
  expect((await second).message?.value).toBe('2')
  parent.kill('SIGKILL')
  expect(await survivors(marker, 2000)).toEqual([])
})
