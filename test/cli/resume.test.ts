import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AgentEvent } from '../../src/contract/event.ts'
import { openCrashRun, SCENARIOS } from '../crash/crash-rig.ts'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { makeRunFolder, parseLines, runAgent } from '../rig/run-agent.ts'
import { server } from './asking.ts'

const THREE = SCENARIOS['three turns of every effect'] ?? { turns: [], flags: [] }
const ONE_WRITE = { turns: [['change a']], flags: [] }

function journalOf(dir: string): string {
  const runs = join(dir, 'home', '.local', 'state', 'agent', 'runs')
  const [name = ''] = readdirSync(runs).filter((file) => file.endsWith('.jsonl'))
  return join(runs, name)
}

describe('agent resume', () => {
  it('prints the answer of a finished run again, without a request', async () => {
    await using run = await openCrashRun(THREE)
    const first = await run.ask(null)
    const requests = run.api.requests.length
    const again = await run.resume([], null)
    expect([again.code, run.api.requests.length]).toEqual([0, requests])
    expect(again.json()).toEqual(first.json())
    const prose = await runAgent(['resume'], { dir: run.dir })
    expect(prose).toMatchObject({ code: 0, stdout: 'All is done.\n', stderr: '' })
  })

  it('asks what becomes of a write that may have happened, with exit 11 and the list', async () => {
    await using run = await openCrashRun(ONE_WRITE)
    await run.ask('call_admitted:after')
    const asked = await run.resume([], null)
    expect(asked.code).toBe(11)
    expect(asked.stderr).toContain('a call may have happened')
    expect(asked.stderr).toContain('change {"what":"a"}')
    expect(asked.stderr).toMatch(/hint: agent resume last --unknown skip .*retry.*fail/)
    expect(JSON.parse(asked.stdout)).toMatchObject({ exit_code: 11, error: { code: 'unknown_outcome' } })
    await endToEnd(asked)
    // It may be asked as often as one likes: nothing was decided.
    expect((await run.resume([], null)).code).toBe(11)
    const failed = await run.resume(['--unknown', 'fail'], null)
    expect([failed.code, failed.json().error?.code]).toEqual([9, 'unknown_outcome'])
  })

  it.each([
    ['skip', 'interrupted'],
    ['retry', 'ok'],
  ])('--unknown %s', async (unknown, status) => {
    await using run = await openCrashRun(ONE_WRITE)
    await run.ask('call_admitted:after')
    const resumed = await run.resume(['--unknown', unknown], null)
    expect([resumed.code, resumed.json().turns[0]?.tool_calls[0]?.status]).toEqual([0, status])
    expect(run.api.violations).toEqual([])
    await endToEnd(resumed)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('goes on with what %s has ended, as if it had not', async (signal, code) => {
    await using run = await openCrashRun({ turns: [['look a', 'wait b', 'change c']], flags: [] })
    const stopped = await run.ask('call_admitted:after', signal)
    const { run_id, turns } = stopped.json()
    expect([stopped.code, turns[0]?.tool_calls[1]?.status]).toEqual([code, 'canceled'])
    expect(stopped.stderr).toContain(`hint: agent resume ${run_id}`)
    const resumed = await runAgent(['resume', '--json', String(run_id)], { dir: run.dir, env: run.env })
    expect(resumed.json()).toMatchObject({ exit_code: 0, answer: 'All is done.', error: null })
    expect(resumed.json().turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok'])
    expect(run.done().get('change c')).toBe(1)
    expect(run.api.violations).toEqual([])
    await endToEnd(resumed)
    const again = await run.resume([], null)
    expect(again.json()).toEqual(resumed.json())
  })

  it('goes on with what its time-out has ended where it is given more', async () => {
    await using run = await openCrashRun({ turns: Array(20).fill(['wait a']), flags: ['--timeout', '2s'] })
    expect((await run.ask(null)).code).toBe(124)
    expect((await run.resume([], null)).code).toBe(124)
    expect((await run.resume(['--timeout', '1m'], null)).json()).toMatchObject({ exit_code: 0, answer: 'All is done.' })
  })

  it('asks a server again that was not there', async () => {
    const dir = makeRunFolder()
    const busy = reply.status(529, { headers: { 'retry-after': '61' } })
    const { api, env } = await server(reply.toolUse('calculate', { expression: '6*7' }), busy, reply.text('It is 42.'))
    const first = await runAgent(['ask', '--json', 'q'], { dir, env })
    expect([first.code, first.json().error?.hint]).toEqual([6, `agent resume ${first.json().run_id}`])
    const resumed = await runAgent(['resume', '--json'], { dir, env })
    expect(resumed.json()).toMatchObject({ exit_code: 0, answer: 'It is 42.', turns: [{}, { attempts: 2 }] })
    expect(api.violations).toEqual([])
    await endToEnd(resumed)
  })

  it('goes on with the events of the run under --jsonl, without a gap', async () => {
    await using run = await openCrashRun(THREE)
    await run.ask('results:after')
    const resumed = await runAgent(['resume', '--jsonl', '--unknown', 'skip'], { dir: run.dir, env: run.env })
    // `as`: every line of --jsonl is an event, as other tests show.
    const events = parseLines(resumed.stdout) as AgentEvent[]
    expect(events[0]).toMatchObject({ type: 'run_resume', paused_ms: expect.any(Number) })
    expect(events.at(-1)).toMatchObject({ type: 'run_end', exit_code: 0 })
    const [first] = events
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => (first?.seq ?? 0) + index))
  })

  it('refuses another tool, model or version, and shows what has changed, unless it is forced', async () => {
    await using run = await openCrashRun(THREE)
    await run.ask('call_end:after')
    const journal = journalOf(run.dir)
    const other = await run.resume(['--unknown', 'skip', '-t', join(run.dir, 'work')], null)
    expect(other.code).toBe(3)
    writeFileSync(join(run.dir, 'work', 'other.mjs'), OTHER_TOOL)
    const changed = await run.resume(['--unknown', 'skip', '-t', join(run.dir, 'work', 'other.mjs')], null)
    expect([changed.code, changed.json().error?.code]).toEqual([3, 'run-changed'])
    expect(changed.stderr).toContain('- tool look (module)')
    expect(changed.stderr).toContain('+ tool other (module)')
    const before = readFileSync(journal)
    const forced = await run.resume(['--unknown', 'skip', '--force'], null)
    expect(forced.code).toBe(0)
    expect(readFileSync(journal).subarray(0, before.length)).toEqual(before)
  })

  it('keeps the instructions that the run was begun with, whatever has become of their file', async () => {
    await using run = await openCrashRun({ turns: [['look a']], flags: ['--system', '@rules.txt'] })
    const rules = join(run.dir, 'work', 'rules.txt')
    writeFileSync(rules, 'Be brief.')
    await run.ask('call_end:after')
    rmSync(rules)
    expect((await run.resume([], null)).code).toBe(0)
    expect(JSON.stringify(run.api.requests.at(-1)?.body['system'])).toContain('Be brief.')
  })

  it('does not write its answer over its journal', async () => {
    await using run = await openCrashRun(THREE)
    await run.ask('call_end:after')
    const journal = journalOf(run.dir)
    const before = readFileSync(journal)
    const resumed = await run.resume(['--unknown', 'skip', '-o', journal], null)
    expect([resumed.code, readFileSync(journal).equals(before)]).toEqual([2, true])
    expect(resumed.stderr).toContain('the run and -o are one file')
  })

  it('loads no tool that a foreign journal names', async () => {
    await using run = await openCrashRun(THREE)
    await run.ask('call_end:after')
    const copy = join(run.dir, 'work', 'foreign.jsonl')
    writeFileSync(copy, readFileSync(journalOf(run.dir)))
    const resumed = await runAgent(['resume', '--json', '--unknown', 'skip', copy], { dir: run.dir, env: run.env })
    expect([resumed.code, resumed.json().error?.code]).toEqual([3, 'run-changed'])
    expect(resumed.stderr).toContain('- tool look (module)')
    expect(resumed.stderr).toContain('hint: give -t, --mcp and --base-url again')
  })

  it('one of many resumes at once goes on, the others are told that it does', async () => {
    await using run = await openCrashRun({ turns: [['wait a'], ['wait b'], ['wait c']], flags: [] })
    await run.ask('results:after')
    const all = await Promise.all(Array.from({ length: process.env['FULL'] ? 50 : 8 }, () => run.resume([], null)))
    const codes = all.map(({ code }) => code)
    expect(codes.filter((code) => code === 0).length).toBeGreaterThan(0)
    expect(new Set(codes)).toEqual(new Set([0, 3]))
    expect(run.done().get('wait b')).toBe(1)
  }, 120_000)

  it.each([
    ['no run', ['resume'], 3, 'there are no runs'],
    ['an unknown run', ['resume', '01JZZZZZZZZZZZZZZZZZZZZZZZ'], 3, 'there is no run'],
    ['a wrong decision', ['resume', '--unknown', 'maybe'], 2, '"maybe" is not one of skip, retry, fail'],
    ['a file that is none', ['resume', './nothing.jsonl'], 3, 'nothing.jsonl'],
  ])('says in one line what is wrong: %s', async (_, args, code, said) => {
    const result = await runAgent(args, { dir: makeRunFolder() })
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(said)
    await endToEnd(result)
  })
})

describe('agent ask --continue', () => {
  it('asks a new question on top of the messages of a finished run, with its tools', async () => {
    await using run = await openCrashRun({ turns: [['look a']], flags: [] })
    const first = (await run.ask(null)).json()
    const more = await runAgent(['ask', '--json', '--continue', 'last', 'and then?'], { dir: run.dir, env: run.env })
    expect(more.code).toBe(0)
    const { messages, question, run_id } = more.json()
    expect(messages.slice(0, first.messages.length)).toEqual(first.messages)
    expect(messages[first.messages.length]).toEqual({ role: 'user', content: [{ type: 'text', text: 'and then?' }] })
    expect([question, run_id === first.run_id]).toEqual(['and then?', false])
    expect(run.api.violations).toEqual([])
    await endToEnd(more)
  })

  it('denies what the run denied, also where more is denied', async () => {
    await using run = await openCrashRun({ turns: [['look a'], [], ['look b', 'put c']], flags: ['--deny', 'look'] })
    await run.ask(null)
    const more = ['ask', '--json', '--continue', 'last', '--deny', 'put', 'and then?']
    const { turns } = (await runAgent(more, { dir: run.dir, env: run.env })).json()
    expect(turns[0]?.tool_calls.map(({ tool, status }) => [tool, status])).toEqual([
      ['look', 'denied'],
      ['put', 'denied'],
    ])
  })

  it('takes the paths that are typed from the folder where they are typed', async () => {
    await using run = await openCrashRun({ turns: [['look a']], flags: [] })
    await run.ask(null)
    const elsewhere = mkdtempSync(join(run.dir, 'elsewhere-'))
    writeFileSync(join(elsewhere, 'other.mjs'), OTHER_TOOL)
    const args = ['ask', '--json', '--continue', 'last', '-t', 'other.mjs', '--journal', 'j.jsonl', 'and then?']
    const more = await runAgent(args, { dir: run.dir, env: run.env, cwd: elsewhere })
    expect([more.code, existsSync(join(elsewhere, 'j.jsonl'))]).toEqual([0, true])
    await endToEnd(more)
  })

  it('does not go on from a run that has not finished', async () => {
    await using run = await openCrashRun(THREE)
    await run.ask('call_end:after')
    const more = await runAgent(['ask', '--continue', 'last', 'and then?'], { dir: run.dir, env: run.env })
    expect(more.code).toBe(3)
    expect(more.stderr).toMatch(/the run has not finished: \w+\nhint: agent resume \w+/)
  })
})

const OTHER_TOOL = `export default {
  name: 'other',
  description: 'Another tool.',
  input_schema: { type: 'object' },
  effect: 'read',
  execute: async () => 'other',
}
`
