import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { survivors } from '../rig/survivors.ts'
import { shell, startCalls, withManifests } from './command-rig.ts'

const DEAF = `trap '' TERM; sleep 600 & echo "$$" > "$0/pid"; while :; do sleep 0.05; done`

it('T2 a grandchild is killed with its group, a daemon that has left is named by its pid', async () => {
  const daemon = `const child = require('child_process').spawn('sleep', ['600'], { detached: true, stdio: 'inherit' })
    child.unref(); console.log(child.pid)`
  const dir = withManifests(shell('leaves', 'sleep 600 & echo left'), {
    name: 'daemon',
    command: [process.execPath, '-e', daemon],
  })
  const { agent } = await startCalls(dir, [['leaves'], ['daemon']])
  const result = await agent.ended
  const [leaves, left] = result.json().turns[0]?.tool_calls ?? []
  process.kill(Number(left?.output), 'SIGKILL')
  await endToEnd(result)
  expect([leaves?.status, leaves?.output, left?.status, result.code]).toEqual(['ok', 'left', 'ok', 0])
  if (process.platform === 'linux')
    expect(result.stderr).toContain(`daemon: process ${left?.output} has left its group`)
})

it('T3 a command that ignores SIGTERM is timed out, the run ends, and nothing of it lives on', async () => {
  const dir = withManifests(shell('deaf', DEAF), shell('quick', 'echo quick'))
  const { agent } = await startCalls(dir, [['deaf'], ['quick']], ['--tool-timeout', '300ms'])
  const result = await agent.ended
  await endToEnd(result)
  const records = result.json().turns[0]?.tool_calls ?? []
  expect([result.code, ...records.map(({ status }) => status)]).toEqual([0, 'timed_out', 'ok'])
})

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'T3 %s ends a command that ignores SIGTERM, when its grace is over',
  async (signal) => {
    const dir = withManifests(shell('deaf', DEAF, { effect: 'write' }))
    const { agent, api } = await startCalls(dir, [['deaf']])
    await runs(dir)
    agent.kill(signal)
    const result = await agent.ended
    await endToEnd(result)
    expect([result.json().status, result.json().turns[0]?.tool_calls[0]?.status]).toEqual(['interrupted', 'canceled'])
    expect(api.requests).toHaveLength(1)
  },
)

it('a command that writes may finish within its grace, and is told as it ended', async () => {
  const script = `trap 'echo written; exit 0' TERM; echo "$$" > "$0/pid"; while :; do sleep 0.05; done`
  const dir = withManifests(shell('patient', script, { effect: 'write' }))
  const { agent } = await startCalls(dir, [['patient']])
  await runs(dir)
  agent.kill('SIGINT')
  const result = await agent.ended
  await endToEnd(result)
  expect(result.json().turns[0]?.tool_calls).toMatchObject([{ status: 'ok', output: 'written' }])
  expect(result.code).toBe(130)
})

it('a second Ctrl-C kills what ignores SIGTERM at once', async () => {
  const dir = withManifests(shell('deaf', DEAF, { effect: 'write' }))
  const { agent } = await startCalls(dir, [['deaf']])
  await runs(dir)
  agent.kill('SIGINT')
  await agent.stderr.until('a second signal kills them')
  agent.kill('SIGINT')
  const result = await agent.ended
  await endToEnd(result)
  expect(result.code).toBe(130)
})

it('commands end with the agent that is killed', async () => {
  const dir = withManifests(shell('deaf', DEAF))
  const { agent } = await startCalls(dir, [['deaf']], ['--jsonl'])
  await agent.stdout.until('"call_start"')
  agent.kill('SIGKILL')
  await agent.ended
  expect(await survivors(agent.marker, 2000)).toEqual([])
})

it('T8 a gigabyte on stdout and one on stderr leave memory flat', { timeout: 120_000 }, async () => {
  const script = `head -c 1000000000 /dev/zero | tr '\\0' x; head -c 1000000000 /dev/zero >&2`
  const dir = withManifests(shell('large', script))
  const peak = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + ' KiB\\n'))`
  const { agent } = await startCalls(dir, [['large']], [], {
    nodeArguments: ['--import', `data:text/javascript,${encodeURIComponent(peak)}`],
    // 2 GB through pipes take 10 s, and more where others want the cores too.
    giveUpAfterMs: 110_000,
  })
  const result = await agent.ended
  await endToEnd(result)
  expect(result.json().turns[0]?.tool_calls).toMatchObject([
    { status: 'ok', output_bytes: 1_000_000_000, truncated: true },
  ])
  expect(Number(/peak (\d+) KiB/.exec(result.stderr)?.[1])).toBeLessThan(300 * 1024)
})

/** Resolves when the script has said so, in its file. */
async function runs(dir: string): Promise<void> {
  for (;;) {
    try {
      if (readFileSync(join(dir, 'work', 'pid'), 'utf8').endsWith('\n')) return
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
