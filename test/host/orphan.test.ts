import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MARKER, survivors } from '../rig/survivors.ts'

const root = join(import.meta.dirname, '..', '..')
const FAULTS = join(root, 'test', 'sources', 'tools', 'faults.mjs')
const folder = mkdtempSync(join(tmpdir(), 'orphan-'))
const bundle = join(folder, 'parent.mjs')

/** A main process of one's own, which starts a host, hands it calls and says what it hears. */
const PARENT = `
import { systemClock } from ${JSON.stringify(join(root, 'src/contract/clock.ts'))}
import { startHostProcess } from ${JSON.stringify(join(root, 'src/sources/host-process.ts'))}
const settings = { root: null, allowDotfiles: false, allowPrivateNetwork: false }
const host = startHostProcess(
  {
    script: process.argv[2],
    options: { offline: true, maxThreads: 2, settings },
    environment: process.env,
    clock: systemClock(0),
    toolOutput() {},
  },
  {
    message: (message) => process.send({ message }),
    blocked: (call) => process.send({ blocked: call }),
    free: () => process.send({ free: true }),
    begun() {},
    left() {},
    ended: (how) => process.send({ ended: how }),
  },
)
process.on('message', ({ number, tool, input = {}, exit }) => {
  if (exit) process.exit()
  host.send({ type: 'call', call: number, file: process.argv[3], tool, wants: 'output', thread: false, input, attempt: 1, idempotencyKey: 'k' })
})
`

beforeAll(async () => {
  const built = await rolldown({
    cwd: root,
    input: 'parent',
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'parent',
        resolveId: (id) => (id === 'parent' ? id : null),
        load: (id) => (id === 'parent' ? PARENT : null),
      },
    ],
  })
  await built.write({ file: bundle, format: 'esm', codeSplitting: false })
  await built.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Heard = {
  message?: { type: string; call?: number; value?: string }
  blocked?: number
  free?: true
  ended?: string
}

function openParent(): {
  parent: ChildProcess
  marker: string
  heard(test: (heard: Heard) => boolean): Promise<Heard>
} {
  const marker = randomUUID()
  const parent = spawn(process.execPath, [bundle, join(root, 'dist', 'host.js'), FAULTS], {
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
  expect((await second).message?.value).toBe('2')
  parent.kill('SIGKILL')
  expect(await survivors(marker, 2000)).toEqual([])
})
