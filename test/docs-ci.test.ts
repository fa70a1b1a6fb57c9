/**
 * The recipes of docs/ci.md do what they promise: scripts are run as they stand, with a service that
 * answers, refuses or is busy; the steps of a job run one after another, as a runner runs them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { EXIT } from '../src/contract/error.ts'
import { server } from './cli/asking.ts'
import { examples, filesOf, pageAt } from './docs-pages.ts'
import type { Reader } from './docs-reader.ts'
import { readerOf, type } from './docs-reader.ts'
import type { Reply } from './rig/reply.ts'
import { reply } from './rig/reply.ts'
import { isProgramRun } from './rig/requirement.ts'

const page = pageAt('docs/ci.md')
const files = filesOf(page)
const QUESTION = 'how many open orders are there?'
const KILL_AT = pathToFileURL(join(import.meta.dirname, 'crash', 'kill-at.mjs')).href
const BUSY = reply.status(429, { headers: { 'retry-after': '99999' } })

/** knip brings a parser of YAML; we need none but here. */
function parseYaml(text: string): unknown {
  const { parse } = createRequire(createRequire(import.meta.url).resolve('knip'))('yaml')
  return parse(text, { strict: true, uniqueKeys: true })
}

const step = z.strictObject({
  uses: z
    .string()
    .regex(/^actions\/[a-z-]+@v\d+$/)
    .optional(),
  with: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  if: z.literal('always()').optional(),
})
const workflow = z.strictObject({
  name: z.string(),
  on: z.unknown(),
  permissions: z.strictObject({ contents: z.literal('read') }),
  jobs: z.record(
    z.string(),
    z.strictObject({ 'runs-on': z.string(), 'timeout-minutes': z.number().optional(), steps: z.array(step) }),
  ),
})
const codes = z.array(z.literal(Object.values(EXIT)))
const pipeline = z.strictObject({
  ask: z.strictObject({
    image: z.string(),
    script: z.array(z.string()),
    after_script: z.array(z.string()),
    artifacts: z.strictObject({ when: z.literal('always'), paths: z.array(z.string()) }),
    retry: z.strictObject({ max: z.literal([1, 2]), exit_codes: codes }),
    allow_failure: z.strictObject({ exit_codes: codes }),
  }),
})

/** Of the one job of a workflow. */
function stepsOf(name: string): z.infer<typeof step>[] {
  const jobs = Object.values(workflow.parse(parseYaml(files.get(name) ?? '')).jobs)
  return jobs.flatMap(({ steps }) => steps)
}

/** A folder with the files of the page, whose commands ask this service. The key is a variable of the project. */
async function checkedOut(...replies: Reply[]) {
  const { api, env } = await server(...replies)
  const { cwd, env: own } = readerOf(page)
  const reader: Reader = { cwd, env: { ...own, ...env, CI: 'true', GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') } }
  const text = (name: string) => readFileSync(join(cwd, name), 'utf8')
  return { api, reader, text, exists: (name: string) => existsSync(join(cwd, name)) }
}

/** As GitHub's runner does: after the first failure only steps that always run; a key only where the step names it. */
async function runSteps(name: string, { cwd, env }: Reader) {
  const { ANTHROPIC_API_KEY: _, ...withoutKey } = env
  const ended: { run: string; code: unknown; stderr: string }[] = []
  for (const { run, env: declared = {}, if: always } of stepsOf(name)) {
    const failed = ended.some(({ code }) => code !== 0)
    if (run === undefined || (failed && always === undefined)) continue
    const given = Object.fromEntries(Object.keys(declared).map((key) => [key, 'sk-ant-of-this-step']))
    const { code, stderr } = await type(run, { cwd, env: { ...withoutKey, ...given } }, ['bash', '-e'])
    ended.push({ run, code, stderr })
  }
  return ended
}

const recorded = [reply.toolUse('open_orders', {}), reply.text('Three.')]

/** As the page says: once, with a key. */
async function record(reader: Reader): Promise<void> {
  const command = examples().find((one) => one.page === page && one.command.includes('--record'))?.command ?? ''
  expect(await type(command, reader)).toMatchObject({ code: 0 })
}

describe('the recipes for CI', () => {
  it('are all run here or as a session', () => {
    const here = ['tools/orders.mjs', 'nightly.sh', 'patiently.sh', 'resumable.sh', '.gitlab-ci.yml']
    const workflows = ['.github/workflows/agent.yml', '.github/workflows/nightly.yml']
    expect([...files.keys()].sort()).toEqual([...here, ...workflows, 'each-city.sh'].sort())
  })

  describe.skipIf(!isProgramRun('bash') || !isProgramRun('jq'))('of GitHub Actions (need bash, jq)', () => {
    it('replay what was recorded, without a key or a request', async () => {
      const { api, reader } = await checkedOut(...recorded)
      await record(reader)
      expect(api.requests.length).toBe(2)
      const ended = await runSteps('.github/workflows/agent.yml', reader)
      expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, '']))
      expect(ended.length).toBe(4)
      expect(api.requests.length).toBe(2)
    })

    it('fail where a tool has changed since, and say where', async () => {
      const { reader, text } = await checkedOut(...recorded)
      await record(reader)
      writeFileSync(join(reader.cwd, 'tools/orders.mjs'), text('tools/orders.mjs').replace('are open', 'are not'))
      const last = (await runSteps('.github/workflows/agent.yml', reader)).at(-1)
      expect(last).toMatchObject({
        code: EXIT.rejected,
        stderr: expect.stringContaining(': tools.open_orders.description: expected '),
      })
      expect(last?.run).toContain('--replay')
    })

    it('ask every night, with the key in the step that needs it only', async () => {
      const { api, reader, text } = await checkedOut()
      const ended = await runSteps('.github/workflows/nightly.yml', reader)
      expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0))
      expect(text('summary.md')).toBe('The answer.\n')
      expect(text('report.html')).toMatch(/^<!doctype html>/i)
      const withKey = stepsOf('.github/workflows/nightly.yml').filter(({ env }) => env !== undefined)
      expect(withKey.map(({ run, env }) => [run?.includes('agent ask'), JSON.stringify(env)])).toEqual([
        [true, expect.stringMatching(/^\{"ANTHROPIC_API_KEY":"\$\{\{ secrets\.ANTHROPIC_API_KEY \}\}"\}$/)],
      ])
      expect(api.requests.map(({ headers }) => Object.values(headers).join().includes('sk-ant-of-this-step'))).toEqual([
        true,
      ])
    })

    it('keep a report of a night that failed', async () => {
      const { reader, text } = await checkedOut(reply.toolUse('open_orders', {}), reply.text('I do not know.'))
      const broken = text('tools/orders.mjs').replace(
        '({ open: 3 })',
        "{ throw Object.assign(new Error('down'), { retryable: false }) }",
      )
      writeFileSync(join(reader.cwd, 'tools/orders.mjs'), broken)
      const ended = await runSteps('.github/workflows/nightly.yml', reader)
      expect(ended.map(({ code }) => code)).toEqual([0, EXIT.tool, 0, 0])
      expect(text('summary.md')).toBe('I do not know.\n')
      expect(text('report.html')).toContain('down')
    })

    it('tell in the summary why there is no answer', async () => {
      const { reader, text } = await checkedOut(reply.status(401, { message: 'no such key' }))
      const ended = await runSteps('.github/workflows/nightly.yml', reader)
      expect(ended.map(({ code }) => code)).toEqual([0, EXIT.account, 0, 0])
      expect(text('summary.md')).toContain('no such key')
    })
  })

  describe('of GitLab', () => {
    const { ask } = pipeline.parse(parseYaml(files.get('.gitlab-ci.yml') ?? ''))
    const job = (lines: string[]) => lines.join('\n')

    it('leave what they say is kept', async () => {
      const { reader, exists } = await checkedOut()
      expect((await type(job(ask.script), reader, ['sh', '-e'])).code).toBe(0)
      expect((await type(job(ask.after_script), reader, ['sh', '-e'])).code).toBe(0)
      expect(ask.artifacts.paths.filter(exists)).toEqual(ask.artifacts.paths)
    })

    it('try again what is busy, and let an incomplete answer pass', async () => {
      const busy = await checkedOut(BUSY)
      const { code } = await type(job(ask.script), busy.reader, ['sh', '-e'])
      expect(ask.retry.exit_codes).toContain(code)
      const cut = await checkedOut(...[1, 2].map(() => reply.text('Half of').stop('max_tokens')))
      const { code: incomplete } = await type(job(ask.script), cut.reader, ['sh', '-e'])
      expect(ask.allow_failure.exit_codes).toContain(incomplete)
    })
  })
})

describe('the scripts of the page', () => {
  it.skipIf(!isProgramRun('jq'))('branch on the exit code: nightly.sh (needs jq)', async () => {
    const night = async (...replies: Reply[]) => {
      const { reader } = await checkedOut(...replies)
      const { code, stdout, stderr } = await type('sh nightly.sh', reader)
      return { code, stdout, stderr: stderr.split('\n').at(-2) ?? '' }
    }
    expect(await night()).toEqual({ code: 0, stdout: 'The answer.', stderr: '' })
    const cut = reply.text('Half of').stop('max_tokens')
    expect(await night(cut, cut)).toMatchObject({ code: 0, stdout: 'incomplete: Half of' })
    expect(await night(BUSY)).toEqual({ code: 75, stdout: '', stderr: 'the service is busy; to be tried again later' })
    const refused = await night(reply.status(401, { message: 'no such key' }))
    expect(refused).toMatchObject({ code: EXIT.account, stdout: expect.stringMatching(/^[\w-]+: .*no such key/) })
  })

  it('wait for a service that is busy, and for nothing else: patiently.sh', async () => {
    const busyTwice = await checkedOut(BUSY, BUSY, reply.text('At last.'))
    expect(await type(`sh patiently.sh "${QUESTION}"`, busyTwice.reader)).toMatchObject({ code: 0, stdout: 'At last.' })
    expect(busyTwice.text('slept.txt')).toBe('60\n300\n')
    const refused = await checkedOut(reply.status(401))
    expect(await type('sh patiently.sh q', refused.reader)).toMatchObject({ code: EXIT.account })
    expect(refused.exists('slept.txt')).toBe(false)
    const never = await checkedOut(BUSY, BUSY, BUSY, BUSY)
    expect(await type('sh patiently.sh q', never.reader)).toMatchObject({ code: EXIT.unavailable })
    expect(never.api.requests.length).toBe(4)
  })

  it('go on where a job was killed: resumable.sh', async () => {
    // The request that the killed run had sent is sent again.
    const { api, reader } = await checkedOut(...recorded, ...recorded.slice(1))
    const killed = { KILL_AT: 'call_end:after', NODE_OPTIONS: `--import ${KILL_AT}` }
    expect(await type('sh resumable.sh', { ...reader, env: { ...reader.env, ...killed } })).toMatchObject({ code: 137 })
    expect(await type('sh resumable.sh', reader)).toMatchObject({ code: 0, stdout: 'Three.' })
    const all = api.requests.length
    expect(await type('sh resumable.sh', reader)).toMatchObject({ code: 0, stdout: 'Three.' })
    expect(api.requests.length).toBe(all)
  })

  it('run from a crontab', async () => {
    const { reader, text } = await checkedOut()
    const [, command = ''] = /^(?:\S+ ){5} *(cd .*)$/m.exec(page.text) ?? []
    const inHome = { ...reader, env: { ...reader.env, HOME: join(reader.cwd, '..') } }
    writeFileSync(join(reader.cwd, 'agent.json'), '{ "max_turns": 3 }')
    expect(await type(command.replace('reports', 'work'), inHome)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(text('today.txt')).toBe('The answer.\n')
  })
})
