import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openCommands, type Sketch } from './open-commands.ts'

const sh = (script: string, more: Partial<Sketch> = {}): Sketch => ({ command: ['sh', '-c', script], ...more })
const READY = 'echo ready > "$0/ready"'
/** The folder of the manifest as $0, so that a script can leave signs in it. */
const signing = (script: string, more: Partial<Sketch> = {}): Sketch => ({
  command: ['sh', '-c', script, '{dir}'],
  ...more,
})
const canceled = { status: 'canceled', error: { code: 'canceled', message: 'was canceled' } }

async function contentOf(path: string): Promise<string> {
  for (;;) {
    try {
      const text = readFileSync(path, 'utf8')
      if (text.endsWith('\n')) return text.trim()
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('T2', () => {
  it('what a program leaves behind in its group ends with it, and is not waited for', async () => {
    const open = await openCommands(sh('sleep 600 & echo left'))
    expect(await open.call().outcome).toMatchObject({ status: 'ok', output: 'left' })
    expect(await open.survivors()).toEqual([])
    expect(open.notes).toEqual([])
  })

  it('a daemon that has left the group and holds the pipe holds nothing up, and is named', async () => {
    const script = `const daemon = require('child_process').spawn('sleep', ['600'], { detached: true, stdio: 'inherit' })
      daemon.unref(); console.log(daemon.pid)`
    const open = await openCommands({ command: [process.execPath, '-e', script] })
    const answer = await open.call().outcome
    const pid = answer.status === 'ok' ? Number(answer.output) : 0
    process.kill(pid, 'SIGKILL')
    if (process.platform !== 'linux') return
    expect(open.notes).toEqual([`warning: one: process ${pid} has left its group and holds its output; it may live on`])
  })
})

describe('a canceled call', () => {
  it.each(['read', 'idempotent', 'write'])('ends its whole group: %s', async (effect) => {
    const open = await openCommands(signing(`sleep 600 & ${READY}; wait`, { effect }))
    const call = open.call()
    await call.started
    await contentOf(`${open.folder}/ready`)
    call.abort()
    expect(await call.outcome).toEqual(canceled)
    expect(await open.survivors()).toEqual([])
  })

  it('that writes is told as it ended where it ends by itself', async () => {
    const script = `trap 'echo cleaned; exit 0' TERM; ${READY}; while :; do sleep 0.05; done`
    const open = await openCommands(signing(script, { effect: 'write' }))
    const call = open.call()
    await contentOf(`${open.folder}/ready`)
    call.abort()
    expect(await call.outcome).toMatchObject({ status: 'ok', output: 'cleaned' })
  })

  it('that reads is canceled however it ends', async () => {
    const script = `trap 'exit 0' TERM; ${READY}; while :; do sleep 0.05; done`
    const open = await openCommands(signing(script, { effect: 'read' }))
    const call = open.call()
    await contentOf(`${open.folder}/ready`)
    call.abort()
    expect(await call.outcome).toEqual(canceled)
  })

  it('that was canceled before it began does not run', async () => {
    const open = await openCommands(signing(READY, { effect: 'read' }))
    const call = open.call()
    call.abort()
    expect(await call.outcome).toEqual(canceled)
    expect(await open.survivors()).toEqual([])
    expect(() => readFileSync(`${open.folder}/ready`)).toThrow('ENOENT')
  })
})

it('T3 a program that ignores SIGTERM is killed when its grace is over, with its group', async () => {
  const open = await openCommands(signing(`trap '' TERM; ${READY}; sleep 600 & while :; do sleep 0.05; done`))
  const call = open.call()
  await contentOf(`${open.folder}/ready`)
  call.timeOut()
  expect(await call.outcome).toEqual(canceled)
  expect(await open.survivors()).toEqual([])
})

describe('close', () => {
  it.each([{ now: true }, { now: false }])('leaves nothing that was started: %j', async (how) => {
    const open = await openCommands(signing(`trap '' TERM; ${READY}; sleep 600 & while :; do sleep 0.05; done`))
    const calls = [open.call(), open.call()]
    await Promise.all(calls.map(({ started }) => started))
    await contentOf(`${open.folder}/ready`)
    for (const call of calls) call.timeOut()
    await open.close(how)
    // Asked once: what was killed before `close` resolved is gone by now.
    expect(await open.survivors()).toEqual([])
    for (const call of calls) expect(await call.outcome).toEqual(canceled)
    expect(await open.call().outcome).toEqual(canceled)
  })

  it('lets a program that was asked to end do so', async () => {
    const script = `trap 'echo done > "$0/done"; exit 0' TERM; ${READY}; while :; do sleep 0.01; done`
    const open = await openCommands(signing(script))
    const call = open.call()
    await contentOf(`${open.folder}/ready`)
    call.abort()
    await open.close()
    expect(await contentOf(`${open.folder}/done`)).toBe('done')
  })

  it('ends what was started in another group, too', async () => {
    const script = `require('child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
      require('fs').writeFileSync(process.argv[1] + '/ready', 'ready\\n'); setInterval(() => {}, 1000)`
    const open = await openCommands({ command: [process.execPath, '-e', script, '{dir}'] })
    const call = open.call()
    await contentOf(`${open.folder}/ready`)
    await open.close({ now: true })
    expect(await open.survivors()).toEqual([])
    await call.outcome
  })
})
