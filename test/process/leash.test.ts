import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { openLeash } from '../../src/process/leash.ts'
import type { BundledScript } from '../rig/bundle-script.ts'
import { bundleScript } from '../rig/bundle-script.ts'
import { MARKER, survivors } from '../rig/survivors.ts'

const root = join(import.meta.dirname, '..', '..')
let groups: BundledScript

beforeAll(async () => {
  groups = await bundleScript(join(root, 'src', 'process', 'groups.ts'))
})
afterAll(() => groups?.remove())

/** Starts groups of two processes that ignore what asks them to end, then does this. */
async function runHolder(then: string): Promise<{ marker: string; how: unknown }> {
  const marker = randomUUID()
  const script = `
    const { openProcessGroups } = await import(${JSON.stringify(groups.file)})
    const groups = openProcessGroups()
    const deaf = "trap '' TERM INT HUP; sleep 600 & echo up; wait"
    const start = async () => {
      const { process: started } = await groups.start(['sh', '-c', deaf], { stdin: 'ignore' })
      await new Promise((resolve) => started.stdout.once('data', resolve))
      return started
    }
    const [first, second] = [await start(), await start()]
    ${then}`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env['PATH'] ?? '', [MARKER]: marker },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const how = await once(holder, 'exit')
  return { marker, how }
}

it.runIf(process.platform === 'linux')('S2 has nothing of our environment', async () => {
  const before = children()
  const leash = openLeash()
  leash.open()
  onTestFinished(() => leash.close())
  const [shell = ''] = children().filter((pid) => !before.includes(pid))
  // Until it has become the shell, it is still a copy of us.
  await expect.poll(() => readFileSync(`/proc/${shell}/comm`, 'utf8')).toMatch(/sh\n$/)
  expect(readFileSync(`/proc/${shell}/environ`, 'utf8')).toBe('')
})

/** Pids of our children. */
function children(): string[] {
  const stat = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8')
    } catch {
      return ''
    }
  }
  const isOurs = (pid: string) => stat(pid).split(') ').at(-1)?.split(' ')[1] === String(process.pid)
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name))
}

it.each([
  ['is killed', "process.kill(process.pid, 'SIGKILL')", [null, 'SIGKILL']],
  ['crashes', "process.kill(process.pid, 'SIGSEGV')", [null, 'SIGSEGV']],
  ['just leaves', 'process.exit(3)', [3, null]],
  ['closes them', 'groups.close(); process.exit(0)', [0, null]],
])('groups end when the process that started them %s', async (_, then, expected) => {
  const { marker, how } = await runHolder(then)
  expect(how).toEqual(expected)
  expect(await survivors(marker, 2000)).toEqual([])
})

it("a group that was released is nobody's any more", async () => {
  const then = `groups.release(first.pid); process.kill(process.pid, 'SIGKILL')`
  const { marker } = await runHolder(then)
  const left = await survivors(marker, 1000)
  expect(left.map(({ command }) => command.split(' ')[0]).sort()).toEqual(['sh', 'sleep'])
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
})
