import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BundledScript } from '../rig/bundle-script.ts'
import { bundleScript } from '../rig/bundle-script.ts'
import { MARKER, survivors } from '../rig/survivors.ts'
import type { Heard } from './parent.ts'

const root = join(import.meta.dirname, '..', '..')
const FAULTS = join(root, 'test', 'sources', 'tools', 'faults.mjs')
let script: BundledScript

beforeAll(async () => {
  script = await bundleScript(join(import.meta.dirname, 'parent.ts'))
})
afterAll(() => script?.remove())

function openParent(): {
  parent: ChildProcess
  marker: string
  heard(test: (heard: Heard) => boolean): Promise<Heard>
} {
  const marker = randomUUID()
  const parent = spawn(process.execPath, [script.file, join(root, 'dist', 'host.js'), FAULTS], {
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
  ['blocked', 'loops', (heard: Heard) => heard.blocked === 1],
  ['blocked in a system call', 'sleeps_in_shell', (heard: Heard) => heard.blocked === 1],
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

it.each(['SIGKILL', 'process.exit'])(
  'a host that is blocked ends with its parent, though nobody has seen it yet: %s',
  async (how) => {
    const { parent, marker, heard } = openParent()
    await heard(({ message }) => message?.type === 'ready')
    parent.send({ number: 1, tool: 'loops' })
    // Long enough for the call to reach the host, too short for anybody to see that it blocks.
    await new Promise((resolve) => setTimeout(resolve, 60))
    if (how === 'SIGKILL') parent.kill(how)
    else parent.send({ exit: true })
    await once(parent, 'exit')
    expect(await survivors(marker, 2000)).toEqual([])
  },
)

it('says which of several calls blocks the loop, and when it turns again', async () => {
  const { parent, heard } = openParent()
  await heard(({ message }) => message?.type === 'ready')
  const blocked = heard((one) => one.blocked !== undefined)
  const free = heard((one) => one.free !== undefined)
  parent.send({ number: 1, tool: 'slow' })
  parent.send({ number: 2, tool: 'busy', input: { ms: 500 } })
  parent.send({ number: 3, tool: 'slow' })
  expect(await blocked).toEqual({ blocked: 2 })
  expect(await free).toEqual({ free: true })
  parent.kill('SIGKILL')
})

it('a host whose heartbeat a tool closes ends, as nobody would know any more what it does', async () => {
  const { parent, heard } = openParent()
  await heard(({ message }) => message?.type === 'ready')
  const ended = heard(({ ended }) => ended !== undefined)
  parent.send({ number: 1, tool: 'closes_descriptors' })
  expect(await ended).toEqual({ ended: 'SIGKILL' })
  parent.kill('SIGKILL')
})

it('the host ignores what a terminal sends to the whole group', async () => {
  const { parent, marker, heard } = openParent()
  await heard(({ message }) => message?.type === 'ready')
  const first = heard(({ message }) => message?.call === 1)
  parent.send({ number: 1, tool: 'counts' })
  await first
  const host = (await survivors(marker)).find(({ pid, command }) => pid !== parent.pid && command.includes('host.js'))
  if (host === undefined) throw new Error('no host')
  process.kill(host.pid, 'SIGINT')
  process.kill(host.pid, 'SIGHUP')
  const second = heard(({ message }) => message?.call === 2)
  parent.send({ number: 2, tool: 'counts' })
  expect((await second).message?.output).toBe(2)
  parent.kill('SIGKILL')
  expect(await survivors(marker, 2000)).toEqual([])
})
