/** Locks between real processes: alive, killed, and many at once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isLocked, lockPath, lockRun } from '../../src/journal/lock.ts'
import type { BundledScript } from '../rig/bundle-script.ts'
import { bundleScript } from '../rig/bundle-script.ts'
import { journalFolder } from './events.ts'

let taker: BundledScript

beforeAll(async () => {
  taker = await bundleScript(join(import.meta.dirname, 'lock-taker.ts'))
})
afterAll(() => taker?.remove())

type Taker = { pid: number; take(): Promise<string>; kill(): Promise<void> }

async function startTaker(path: string): Promise<Taker> {
  const child = spawn(process.execPath, [taker.file, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    pid: child.pid ?? 0,
    take: async () => {
      child.stdin.write('\n')
      return String((await lines.next()).value)
    },
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

describe('the lock of a run', () => {
  it('is held by one at a time, and names who', async () => {
    const path = join(journalFolder(), 'run.jsonl')
    const taker = await startTaker(path)
    expect(await taker.take()).toBe('taken')
    expect(isLocked(path)).toBe(true)
    expect(() => lockRun(path)).toThrow(
      expect.objectContaining({ code: 'run-locked', exitCode: 3, message: expect.stringContaining(String(taker.pid)) }),
    )
  })

  it('is free once it is released, and leaves nothing behind', () => {
    const folder = journalFolder()
    const path = join(folder, 'run.jsonl')
    for (let times = 0; times < 3; times += 1) {
      const lock = lockRun(path)
      expect(isLocked(path)).toBe(true)
      lock.release()
      lock.release()
      expect(isLocked(path)).toBe(false)
    }
    expect(readdirSync(folder)).toEqual([])
  })

  it('of one who was killed is taken over', async () => {
    const path = join(journalFolder(), 'run.jsonl')
    const taker = await startTaker(path)
    await taker.take()
    await taker.kill()
    expect(existsSync(lockPath(path))).toBe(true)
    expect(isLocked(path)).toBe(false)
    lockRun(path).release()
  })

  it('is not taken for held by another process that was given the same pid', () => {
    const path = join(journalFolder(), 'run.jsonl')
    lockRun(path)
    const owner = JSON.parse(readFileSync(lockPath(path), 'utf8'))
    writeFileSync(lockPath(path), JSON.stringify({ ...owner, started: '1' }))
    expect(isLocked(path)).toBe(false)
    writeFileSync(lockPath(path), JSON.stringify({ ...owner, boot: 'another' }))
    expect(isLocked(path)).toBe(false)
  })

  it('of another machine is left alone, and the hint says how to remove it', () => {
    const path = join(journalFolder(), 'run.jsonl')
    lockRun(path)
    const owner = JSON.parse(readFileSync(lockPath(path), 'utf8'))
    writeFileSync(lockPath(path), JSON.stringify({ ...owner, pid: 1_999_999_999, machine: 'elsewhere' }))
    expect(() => lockRun(path)).toThrow(expect.objectContaining({ hint: expect.stringContaining(lockPath(path)) }))
  })

  it('of a device is none, and nothing is put beside it', () => {
    const locks = [lockRun('/dev/null'), lockRun('/dev/null')]
    expect(existsSync(lockPath('/dev/null'))).toBe(false)
    for (const lock of locks) lock.release()
  })

  it('that cannot be read is left alone', () => {
    const path = join(journalFolder(), 'run.jsonl')
    writeFileSync(lockPath(path), '')
    expect(() => lockRun(path)).toThrow(expect.objectContaining({ code: 'run-locked' }))
  })

  it('is taken over though somebody died in the middle of taking it over', async () => {
    const folder = journalFolder()
    const path = join(folder, 'run.jsonl')
    const first = await startTaker(path)
    await first.take()
    await first.kill()
    const { nonce } = JSON.parse(readFileSync(lockPath(path), 'utf8'))
    const takeover = join(folder, `other.jsonl`)
    const second = await startTaker(takeover)
    await second.take()
    await second.kill()
    writeFileSync(`${lockPath(path)}.${nonce}`, readFileSync(lockPath(takeover)))
    lockRun(path).release()
    expect(readdirSync(folder)).toEqual(['other.jsonl.lock'])
  })

  it('of a dead owner goes to one of fifty who take it at once', async () => {
    const path = join(journalFolder(), 'run.jsonl')
    const dead = await startTaker(path)
    await dead.take()
    await dead.kill()
    const takers = await Promise.all(Array.from({ length: 50 }, () => startTaker(path)))
    const said = await Promise.all(takers.map((taker) => taker.take()))
    expect(said.filter((word) => word === 'taken')).toHaveLength(1)
    expect(said.filter((word) => word === 'run-locked')).toHaveLength(49)
  }, 60_000)
})
