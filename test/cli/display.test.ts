/** What a person is shown of a run beside its answer: at terminals of all kinds, and with -v. */
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import { reply } from '../rig/reply.ts'
import { runAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

/** Longer than it takes until lines move. */
const LINGERS = toolSource('linger', 'await new Promise((resolve) => setTimeout(resolve, 600)); return 1')

describe.skipIf(!terminalAvailable)('C10 at a terminal', () => {
  it.each([
    ['of no size', {}, ['--no-color'], { columns: 0, rows: 0 }],
    ['of no width', {}, ['--no-color'], { columns: 0 }],
    ['of no height', {}, ['--no-color'], { rows: 0 }],
    ['under CI', { CI: '1', NO_COLOR: '1' }, [], {}],
    ['that is dumb', { TERM: 'dumb' }, [], {}],
  ])('%s nothing moves, and ended calls are shown', async (_kind, variables, args, terminal) => {
    const { env } = await server(reply.toolUse('linger', {}).toolUse('nope', {}), reply.text('Done.'))
    const { dir } = withTool(LINGERS)
    const options = { dir, env: { ...env, ...variables }, terminal }
    const result = await runAgent(['ask', ...args, '-t', 'tool.mjs', 'q'], options)
    expect(result.stdout).toMatch(/^ {2}✔ linger +\d\.\d\d s\r$/m)
    expect(result.stdout).toMatch(/^ {2}✖ nope +unknown tool: /m)
    expect(result.stdout).toMatch(/Done\.\r\n2 calls \(1 failed\) in /)
    expect(result.stdout).not.toContain('\x1b')
    expect(result.stdout.length).toBeLessThan(1000)
    expect(result.code).toBe(0)
    await endToEnd(result)
  })

  it('a run that fails without a call has no line about what it took', async () => {
    const { env } = await server(reply.status(400, { message: 'no' }))
    const result = await runAgent(['ask', 'q'], { env: { ...env, CI: '1' }, terminal: {} })
    expect(result.stdout).not.toContain('1 turn')
    expect(result.code).toBe(5)
  })
})

describe('FORCE_COLOR beside NO_COLOR', () => {
  const env = { FORCE_COLOR: '1', NO_COLOR: '1' }
  const questions = ['weather in SF', 'disk_usage({"path":"."})']
  const NOTE = 'agent: offline: a planner, no language model; it composes tool results\n'

  it.each(questions)('is not warned of by Node: %s', async (question) => {
    const { stderr, code } = await runAgent(['ask', '--offline', question], { env })
    expect([stderr, code]).toEqual([NOTE, 0])
  })

  it.skipIf(!terminalAvailable)('nor at a terminal', async () => {
    const { stdout } = await runAgent(['ask', '--offline', ...questions.slice(0, 1)], { env, terminal: {} })
    expect(stdout).toContain('\x1b[32m✔')
    expect(stdout).not.toContain('Warning')
  })
})

describe('-v', () => {
  const replies = () =>
    [reply.status(529), reply.toolUse('linger', { of: 'a' }).toolUse('nope', {}), reply.text('Done.')] as const

  it('says each call and each message that is asked for again', async () => {
    const { env } = await server(...replies())
    const { dir } = withTool(LINGERS)
    const result = await runAgent(['ask', '-v', '--json', '-t', 'tool.mjs', 'q'], { dir, env })
    expect(result.stderr).toMatch(/^agent: asking again in <?0\.\d s: .* 529 overloaded_error: .* \(attempt 1\)$/m)
    expect(result.stderr).toMatch(/^agent: linger a: ok, \d\.\d\d s$/m)
    expect(result.stderr).toMatch(/^agent: nope: unknown tool: ./m)
    expect(result.code).toBe(0)
    await endToEnd(result)
  })

  it('is what it takes: without it, stderr stays empty', async () => {
    const { env } = await server(...replies())
    const { dir } = withTool(LINGERS)
    const result = await runAgent(['ask', '-t', 'tool.mjs', 'q'], { dir, env })
    expect([result.stdout, result.stderr, result.code]).toEqual(['Done.\n', '', 0])
  })

  it.skipIf(!terminalAvailable)('tells a call once at a terminal, where it is shown already', async () => {
    const { env } = await server(...replies())
    const { dir } = withTool(LINGERS)
    const result = await runAgent(['ask', '-v', '--no-color', '-t', 'tool.mjs', 'q'], { dir, env, terminal: {} })
    expect(result.stdout).toContain('agent: asking again')
    expect(result.stdout).toContain('✔ linger a')
    expect(result.stdout).not.toContain('agent: linger')
  })
})
