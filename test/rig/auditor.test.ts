import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { auditRun } from './auditor.ts'
import type { AgentResult } from './run-agent.ts'
import { CANARY_KEY, makeRunFolder, parseLines } from './run-agent.ts'
import { MARKER, survivors } from './survivors.ts'

/** A process in a session of its own, started by one that leaves at once, as a daemon is. */
async function startDaemon(marker: string): Promise<number> {
  const daemon = 'setInterval(() => {}, 1000)'
  const parent = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(daemon)}],
    { detached: true, stdio: 'ignore' }); child.unref(); console.log(child.pid)`
  const child = spawn(process.execPath, ['-e', parent], {
    env: { ...process.env, [MARKER]: marker },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await once(child.stdout, 'data')
  await once(child, 'close')
  return Number(String(output))
}

function run(over: Partial<AgentResult> = {}): AgentResult {
  const unused = () => {
    throw new Error('not asked for here')
  }
  const base = {
    args: ['ask', 'hi'],
    stdout: 'hello\n',
    stderr: '',
    code: 0,
    signal: null,
    pid: 1,
    marker: randomUUID(),
  }
  return { ...base, dir: makeRunFolder(), wholeStdout: true, json: unused, jsonLines: unused, ...over }
}

describe('the search for survivors', () => {
  it('finds a daemon that has left its parent, its group and its session, until it is gone', async () => {
    const marker = randomUUID()
    const pid = await startDaemon(marker)
    try {
      const found = await survivors(marker)
      expect(found.map((survivor) => survivor.pid)).toEqual([pid])
      expect(found[0]?.command).toContain('setInterval')
      expect(await survivors(randomUUID())).toEqual([])
    } finally {
      process.kill(pid, 'SIGKILL')
    }
    expect(await survivors(marker, 5000)).toEqual([])
  })
})

describe('the audit of a run', () => {
  it('has nothing to say of a clean one', async () => {
    expect(await auditRun(run())).toEqual([])
  })

  it('names a process that lives on', async () => {
    const marker = randomUUID()
    const pid = await startDaemon(marker)
    const wrong = await auditRun(run({ marker }))
    process.kill(pid, 'SIGKILL')
    expect(wrong).toHaveLength(1)
    expect(wrong[0]).toContain(`process ${pid} lives on`)
  })

  it('finds the key on stdout, on stderr and in any file of the run', async () => {
    const leaking = run({ stdout: CANARY_KEY, stderr: `key ${CANARY_KEY}` })
    writeFileSync(join(leaking.dir, 'home', 'state.json'), JSON.stringify({ key: CANARY_KEY }))
    const wrong = await auditRun(leaking)
    expect(wrong.map((line) => line.replace(leaking.dir, ''))).toEqual([
      'stdout holds the secret sk-ant-canary...',
      'stderr holds the secret sk-ant-canary...',
      '/home/state.json holds the secret sk-ant-canary...',
    ])
  })

  it('wants the JSON that was promised, and only where it was promised', async () => {
    expect(await auditRun(run({ args: ['ask', '--json', 'hi'], stdout: '' }))).toHaveLength(1)
    expect(await auditRun(run({ args: ['ask', '--json', 'hi'], stdout: '{}\n{}\n' }))).toHaveLength(1)
    const turn = (seq: number, more = {}) =>
      `${JSON.stringify({ type: 'turn_start', seq, at_ms: 0, turn: 1, ...more })}\n`
    const jsonl = (stdout: string) => auditRun(run({ args: ['ask', '--jsonl', 'hi'], stdout }))
    expect(await jsonl(turn(0) + turn(1))).toEqual([])
    expect(await jsonl(`${turn(0)}{`)).toHaveLength(1)
    expect(await jsonl(turn(0) + turn(1, { unknown: true }))).toHaveLength(1)
    expect(await jsonl('{"type":"turn_start"}\n')).toHaveLength(1)
    expect(await auditRun(run({ args: ['ask', '--json', 'hi'], stdout: '{"version":1}' }))).toHaveLength(1)
    expect(await auditRun(run({ args: ['tools', 'list', '--json'], stdout: '[]' }))).toEqual([])
    expect(await auditRun(run({ args: ['ask', '--', '--json'], stdout: 'prose' }))).toEqual([])
    expect(await auditRun(run({ args: ['ask', '--json', 'hi'], stdout: '{"ve', wholeStdout: false }))).toEqual([])
  })

  it('finds a stack on stderr', async () => {
    expect(await auditRun(run({ stderr: 'Error: x\n    at main (file.ts:1:1)\n' }))).toHaveLength(1)
  })

  it('knows the exit codes', async () => {
    expect(await auditRun(run({ code: 10 }))).toHaveLength(1)
    expect(await auditRun(run({ code: null, signal: 'SIGSEGV' }))).toHaveLength(1)
    expect(await auditRun(run({ code: null, signal: 'SIGKILL' }), { killed: true })).toEqual([])
    expect(await auditRun(run({ code: 141 }))).toEqual([])
  })
})

it('a line of JSON that is cut is no line', () => {
  expect(() => parseLines('{"a":1}\n{"b"')).toThrow(SyntaxError)
})
