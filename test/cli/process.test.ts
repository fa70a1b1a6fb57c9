import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import { reply } from '../rig/reply.ts'
import { runAgent, startAgent } from '../rig/run-agent.ts'
import { server } from './asking.ts'

/** Arguments of node that run this before the command. */
function nodeRuns(source: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`]
}

/** Throws outside of everything, once the request has been sent. */
function bugs(times: number): string[] {
  const thrown = `setImmediate(() => { throw new TypeError('nobody expected this') });`
  return nodeRuns(`
    import { subscribe } from 'node:diagnostics_channel'
    subscribe('http.client.request.start', () => { ${thrown.repeat(times)} })
  `)
}
const BUG = bugs(1)

describe('a bug of ours', () => {
  it.each(['prose', '--json', '--jsonl'])('is one line and exit 1: %s', async (format) => {
    const { env } = await server(reply.silence())
    const args = format === 'prose' ? ['ask', 'q'] : ['ask', format, 'q']
    const result = await runAgent(args, { env, nodeArguments: BUG })
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/^agent: bug: nobody expected this\nhint: .*--debug.*\n$/)
    const error = { code: 'bug', message: 'bug: nobody expected this' }
    if (format === '--json') expect(result.json()).toMatchObject({ status: 'failed', exit_code: 1, error })
    if (format === '--jsonl') {
      const lines = result.jsonLines()
      expect(lines.at(-1)).toMatchObject({ type: 'run_end', exit_code: 1, error })
      expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index))
      expect(lines.length).toBeGreaterThan(2)
    }
    await endToEnd(result)
  })

  it.each(['--json', '--jsonl'])('is told whole where another follows at once: %s', async (format) => {
    const { env } = await server(reply.silence())
    const result = await runAgent(['ask', format, 'q'], { env, nodeArguments: bugs(3) })
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/^agent: bug: nobody expected this\nhint: .*\n$/)
    if (format === '--json') expect(result.json()).toMatchObject({ exit_code: 1 })
    else expect(result.jsonLines().at(-1)).toMatchObject({ type: 'run_end', exit_code: 1 })
    await endToEnd(result)
  })

  it('shows its stack with --debug', async () => {
    const { env } = await server(reply.silence())
    const result = await runAgent(['ask', '--debug', 'q'], { env, nodeArguments: BUG })
    expect(result.stderr).toMatch(/TypeError: nobody expected this\n\s+at /)
    await endToEnd(result, { stackAllowed: true })
  })

  it('is also a run that comes to no end', async () => {
    // The loop runs dry because what the command waits for holds nothing open.
    const nodeArguments = nodeRuns(`process.stdin.unref = () => {}; Object.defineProperty(process, 'stdin', { value: {
      async *[Symbol.asyncIterator]() { await new Promise(() => {}) } } })`)
    const result = await runAgent(['ask', '--json', '-'], { nodeArguments })
    expect([result.code, result.json().error?.code]).toEqual([1, 'bug'])
  })
})

describe('the start', () => {
  it.each(['18.20.0', '20.18.3'])('says on Node %s that it is too old', async (version) => {
    const nodeArguments = nodeRuns(
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
    )
    const result = await runAgent(['ask', 'q'], { nodeArguments })
    expect([result.stdout, result.code]).toEqual(['', 2])
    expect(result.stderr).toBe(`agent: Node 20.19 or newer is needed, this is ${version}\n`)
  })

  it('says on Windows that it is not supported yet', async () => {
    const nodeArguments = nodeRuns(`Object.defineProperty(process, 'platform', { value: 'win32' })`)
    const result = await runAgent(['ask', 'q'], { nodeArguments })
    expect([result.stdout, result.stderr, result.code]).toEqual(['', 'agent: Windows is not supported yet\n', 2])
  })
})

describe.skipIf(!terminalAvailable)('at a terminal', () => {
  it('C4 ends at Ctrl-C with 130, the cursor given back', async () => {
    const { api, env } = await server(reply.silence())
    const agent = startAgent(['ask', 'q'], { env: { ...env, TERM: 'xterm' }, terminal: {}, stdin: 'open' })
    await api.request(0)
    agent.stdin?.write('\x03')
    const result = await agent.ended
    expect(result.code).toBe(130)
    expect(result.stdout).toContain('agent: interrupted by SIGINT')
    expect(result.stdout.lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(result.stdout.lastIndexOf('\x1b[?25l'))
    await endToEnd(result)
  })

  it('streams the answer and says what the run took', async () => {
    const { env } = await server(reply.text('The answer.'))
    const result = await runAgent(['ask', 'q'], { env: { ...env, TERM: 'xterm' }, terminal: {} })
    expect(result.stdout).toContain('The answer.')
    expect(result.code).toBe(0)
    await endToEnd(result)
  })

  it.each(['| head -c 1', '| true'])('C5 ends quietly with %s', async (redirect) => {
    const { env } = await server(reply.text('A long answer. '.repeat(20_000)))
    const result = await runAgent(['ask', 'q'], { env: { ...env, TERM: 'xterm' }, terminal: { redirect } })
    expect(result.stdout).not.toContain('agent:')
    await endToEnd(result)
  })
})
