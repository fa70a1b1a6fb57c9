import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

/** Far more than a pipe holds; the 64 MB of C1 are in test/reporters, without a model in front. */
const LARGE = 'x'.repeat(8 * 1024 * 1024)
const hasFullDevice = existsSync('/dev/full')

describe('C1 stdout carries the answer or the data and nothing else, and arrives whole, or the exit code is not 0: it', () => {
  it('arrives whole through a reader that comes late', async () => {
    const { api, env } = await server(reply.text(LARGE).split(1024 * 1024))
    const agent = startAgent(['ask', 'q'], { env, stdout: 'hold' })
    await (await api.request(0)).ended
    agent.readStdout()
    const result = await agent.ended
    expect(result.code).toBe(0)
    expect(result.stdout.length).toBe(LARGE.length + 1)
    await endToEnd(result)
  })

  it('goes to the file of -o, and nothing to stdout', async () => {
    const { env } = await server()
    const dir = makeRunFolder()
    for (const args of [
      ['-o', 'out'],
      ['--output=out', '--json'],
      ['-o', 'out', '--jsonl'],
    ]) {
      const result = await runAgent(['ask', ...args, 'q'], { env, dir })
      expect([result.stdout, result.stderr, result.code]).toEqual(['', '', 0])
      expect(readFileSync(join(dir, 'work/out'), 'utf8')).toContain('The answer.')
    }
  })

  it('holds the document of a failure that comes before the run, too', async () => {
    const dir = makeRunFolder()
    const result = await runAgent(['ask', '--json', '-o', 'out', 'q'], { dir, env: { ANTHROPIC_API_KEY: undefined } })
    expect([result.stdout, result.code]).toEqual(['', 4])
    expect(JSON.parse(readFileSync(join(dir, 'work/out'), 'utf8'))).toMatchObject({ exit_code: 4 })
  })

  it.each([
    ['a tool that does not load', ['-t', 'none.mjs'], 3],
    ['an unknown tool', ['--only', 'nothing'], 3],
    ['a missing question', [' '], 2],
    ['a journal that is there', ['--journal', 'there'], 2],
    ['a journal that cannot be made', ['--journal', '/nonexistent/x'], 12],
    ['a file that is meant twice', ['--record', 'out'], 2],
  ])('leaves the file of -o as it was where a run cannot begin: %s', async (_why, args, code) => {
    const dir = makeRunFolder()
    const file = join(dir, 'work/out')
    writeFileSync(file, 'kept')
    writeFileSync(join(dir, 'work/there'), '')
    const more = args[0] === ' ' ? args : [...args, 'q']
    expect((await runAgent(['ask', '-o', 'out', ...more], { dir })).code).toBe(code)
    expect(readFileSync(file, 'utf8')).toBe('kept')
    rmSync(file)
    expect((await runAgent(['ask', '-o', 'out', ...more], { dir })).code).toBe(code)
    expect(existsSync(file)).toBe(false)
  })

  it('is refused before anything is asked where the file of -o cannot be written', async () => {
    const { api, env } = await server()
    const { dir } = withTool(`import { writeFileSync } from 'node:fs'\nwriteFileSync('loaded', '')\n`)
    for (const args of [
      ['-o', 'none/out'],
      ['-o', '.'],
      ['-o', '.', '--dry-run'],
    ]) {
      const result = await runAgent(['ask', ...args, '-t', 'tool.mjs', 'q'], { env, dir })
      expect([result.stdout, result.code]).toEqual(['', 12])
    }
    expect([api.requests.length, existsSync(join(dir, 'work/loaded'))]).toEqual([0, false])
  })

  it('empties the file of -o once the run has begun', async () => {
    const { env } = await server(reply.status(400, { message: 'no' }))
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work/out'), 'of yesterday')
    expect((await runAgent(['ask', '-o', 'out', 'q'], { env, dir })).code).toBe(5)
    expect(readFileSync(join(dir, 'work/out'), 'utf8')).toBe('')
  })

  it('is the answer and nothing else, whatever tools print', async () => {
    const { env } = await server(reply.toolUse('loud', {}), reply.text('Done.'))
    const body = `console.log('noise'); process.stdout.write('noise\\n'); return 1`
    const { dir } = withTool(toolSource('loud', body))
    const result = await runAgent(['ask', '-t', 'tool.mjs', 'q'], { env, dir })
    expect([result.stdout, result.code]).toEqual(['Done.\n', 0])
    expect(result.stderr).toContain('noise')
    await endToEnd(result)
  })
})

describe('C2 an output that is full', () => {
  it.runIf(hasFullDevice).each([['prose'], ['--json'], ['--jsonl']])('%s: exit 12, said on stderr', async (format) => {
    const { env } = await server()
    const args = format === 'prose' ? ['ask', 'q'] : ['ask', format, 'q']
    const result = await runAgent(args, { env, stdout: { file: '/dev/full' } })
    expect(result.code).toBe(12)
    expect(result.stderr).toMatch(/^agent: stdout could not be written: .*ENOSPC/)
    await endToEnd(result)
  })

  it.runIf(hasFullDevice)('is found for the document of a failure, too', async () => {
    const result = await runAgent(['ask', '--json', '--nope'], { stdout: { file: '/dev/full' } })
    expect(result.code).toBe(12)
    expect(result.stderr).toContain('agent: unknown option')
    expect(result.stderr).toContain('ENOSPC')
  })

  it.runIf(hasFullDevice)('is found behind -o, too', async () => {
    const { env } = await server()
    const result = await runAgent(['ask', '-o', '/dev/full', 'q'], { env })
    expect(result.code).toBe(12)
    await endToEnd(result)
  })
})

describe('C5 a reader that leaves', () => {
  it('ends the run at once, its tools with it: exit 141 and not a word', async () => {
    const { env } = await server(reply.toolUse('wait', {}).toolUse('go', {}), reply.text('Done.'))
    const { dir } = withTool(
      toolSource('wait', `process.stderr.write('tool began\\n'); await new Promise(() => setInterval(() => {}, 1000))`),
    )
    writeFileSync(
      join(dir, 'work/go.mjs'),
      `import { existsSync } from 'node:fs'\nimport { setTimeout } from 'node:timers/promises'\n${toolSource('go', `while (!existsSync('go')) await setTimeout(5)`)}`,
    )
    const agent = startAgent(['ask', '--jsonl', '-t', 'tool.mjs', '-t', 'go.mjs', 'q'], { env, dir })
    await agent.stderr.until('tool began')
    agent.closeStdout()
    writeFileSync(join(dir, 'work/go'), '')
    const result = await agent.ended
    // A pipe tells that its reader has gone when it is written to: here, when the other call ends.
    expect([result.code, result.signal]).toEqual([141, null])
    expect(result.stderr).toBe('tool began\n')
    await endToEnd(result)
  })

  it('is found when the answer is written', async () => {
    const { api, env } = await server(reply.text('Too late.'))
    const agent = startAgent(['ask', 'q'], { env })
    agent.closeStdout()
    const result = await agent.ended
    expect([result.stderr, result.code, api.requests.length]).toEqual(['', 141, 1])
    await endToEnd(result)
  })
})
