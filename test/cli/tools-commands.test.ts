/** `agent tools list`, `call` and `check`: tools without a run. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { policyInForce } from '../../src/contract/policy.ts'
import { toolCallSchema } from '../../src/contract/transcript.ts'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { toolSource, withTool } from './asking.ts'

/** No key is needed for any of them. */
const tools = async (args: string[], options: AgentOptions = {}): Promise<AgentResult> => {
  const result = await runAgent(['tools', ...args], {
    ...options,
    env: { ANTHROPIC_API_KEY: undefined, ...options.env },
  })
  await endToEnd(result)
  return result
}
const parsed = ({ stdout }: AgentResult) => JSON.parse(stdout) as Record<string, unknown>[]

const GREET = `export default [
  { name: 'greet', description: 'Greets somebody by name, politely.', effect: 'read',
    input_schema: { type: 'object', properties: { name: { type: 'string', description: 'who' } }, required: ['name'] },
    policy: { timeout_ms: 700, max_concurrency: 2 },
    execute: async ({ name }) => 'Hello, ' + name + '!' },
  { name: 'drop', description: 'Drops.', destructive: true, input_schema: { type: 'object' },
    execute: async () => ({ dropped: 1 }) },
  { name: 'fails', description: 'Fails.', input_schema: { type: 'object' },
    execute: async () => { throw new Error('no luck') } },
]`

describe('agent tools list', () => {
  it('says name, source, effect, policy and description', async () => {
    const { dir } = withTool(GREET)
    const result = await tools(['list', '--no-builtins', '-t', 'tool.mjs'], { dir })
    expect(result.stdout).toBe(
      [
        'greet  module  read   timeout 0.7 s, at most 2 at once',
        '  Greets somebody by name, politely.',
        'drop   module  write  destructive: asks, or needs --allow',
        '  Drops.',
        'fails  module  write',
        '  Fails.',
        '',
      ].join('\n'),
    )
    expect([result.code, result.stderr]).toEqual([0, ''])
  })

  it('shows the schemas and the files with -v', async () => {
    const { dir, tool } = withTool(GREET)
    const { stdout } = await tools(['list', '-v', '--no-builtins', '-t', 'tool.mjs'], { dir })
    expect(stdout).toContain(`  from ${tool}\n`)
    expect(stdout).toContain('"required": [')
  })

  it('shows what is in force and where that was said with -v, in 80 columns', async () => {
    const { dir } = withTool(GREET)
    const inFile = { 'gr*': { timeout_ms: 5000, retry: { base_ms: 100 }, breaker: false, exclusive: 'greetings' } }
    writeFileSync(join(dir, 'settings.json'), JSON.stringify({ tools: { ...inFile, drop: { effect: 'idempotent' } } }))
    const flags =
      '--rate-limit greet=5/s --rate-limit fails=2/500ms --critical greet --tool-retries 1 --tool-deadline 20s'
    const args = ['--no-builtins', '-t', 'tool.mjs', '--config', join(dir, 'settings.json'), ...flags.split(' ')]
    const result = await tools(['list', '-v', ...args], { dir })
    const lines = result.stdout.split('\n').filter((line) => /^ {2}(?!from )[a-z].*\)$/.test(line))
    expect(lines).toEqual([
      '  timeout     5 s (config file "gr*")',
      '  deadline    20 s (--tool-deadline)',
      '  retry       2 attempts, 0.1 s x 2 up to 8 s (--tool-retries, then config file "gr*")',
      '  rate limit  5/s (--rate-limit)',
      '  breaker     off (config file "gr*")',
      '  at once     at most 2 (tool)',
      '  exclusive   with "greetings" (config file "gr*")',
      '  priority    critical (--critical)',
      '  effect      idempotent (config file "drop")',
      '  timeout     60 s (default)',
      '  deadline    20 s (--tool-deadline)',
      '  retry       2 attempts, 0.5 s x 2 up to 8 s (--tool-retries)',
      '  breaker     5 failures, open 30 s (default)',
      '  priority    normal (default)',
      '  timeout     60 s (default)',
      '  deadline    20 s (--tool-deadline)',
      '  retry       only what never began, 3 attempts (default)',
      '  rate limit  2/500ms (--rate-limit)',
      '  breaker     5 failures, open 30 s (default)',
      '  priority    normal (default)',
    ])
    expect(result.stderr).toContain('--tool-retries: retries are not applied to "fails"')
    const short = (await tools(['list', ...args], { dir })).stdout.split('\n')
    expect(short[0]).toMatch(
      /^greet +module +read +timeout 5 s, deadline 20 s, retry 2 attempts.*, rate 5\/s, breaker off, .*critical$/,
    )
  })

  it('prints every key of what is in force as JSON, and where each was said', async () => {
    const { dir } = withTool(GREET)
    const args = ['--json', '--no-builtins', '-t', 'tool.mjs', '--tool-retries', 'greet=0', '--optional', 'gr*']
    const [greet, drop] = parsed(await tools(['list', ...args], { dir }))
    expect(greet).toMatchObject({
      policy: {
        ...{ timeout_ms: 700, deadline_ms: null, rate_limit: null, max_concurrency: 2, priority: 'optional' },
        retry: { max_attempts: 1, base_ms: 500, factor: 2, max_ms: 8000, force: false },
        breaker: { failures: 5, open_ms: 30_000 },
      },
      exclusive: false,
      policy_from: {
        ...{ timeout_ms: 'tool', deadline_ms: 'default', retry: '--tool-retries', rate_limit: 'default' },
        ...{ breaker: 'default', max_concurrency: 'tool', priority: '--optional' },
      },
    })
    expect(drop).toMatchObject({
      policy: policyInForce('write', {}),
      policy_from: { retry: 'default', effect: 'tool' },
    })
  })

  it.each([
    ['the tool itself', '{ retry: { max_attempts: 2 } }', [], '/tool.mjs: 2 attempts of "t" would run a write again'],
    ['a flag', '{}', ['--tool-retries', 't=1'], '--tool-retries: 2 attempts of "t" would run a write again'],
    [
      'a limit of 0',
      '{ rate_limit: { limit: 0, per_ms: 5 } }',
      [],
      'policy.rate_limit.limit: 0 is too small: at least 1',
    ],
    ['a misspelled key', '{ retry: { tries: 2 } }', [], 'policy.retry has no "tries", only max_attempts, base_ms'],
  ])('ends with 3 and the reason where a policy makes no sense: %s', async (_name, policy, args, reason) => {
    const { dir } = withTool(
      `export default { name: 't', description: 'T.', input_schema: { type: 'object' }, policy: ${policy}, execute() {} }`,
    )
    const result = await tools(['list', '--no-builtins', '-t', 'tool.mjs', ...args], { dir })
    expect([result.code, result.stdout]).toEqual([3, ''])
    expect(result.stderr).toContain(reason)
  })

  it('prints what is in force as JSON: flags, config file, definition', async () => {
    const { dir } = withTool(GREET)
    writeFileSync(join(dir, 'settings.json'), JSON.stringify({ tools: { 'd*': { timeout_ms: 5, effect: 'read' } } }))
    const args = ['--json', '--no-builtins', '-t', 'tool.mjs', '--config', join(dir, 'settings.json'), '--allow', 'd*']
    const rows = parsed(await tools(['list', ...args, '--deny', 'fails'], { dir }))
    expect(rows).toMatchObject([
      { name: 'greet', source: 'module', effect: 'read', destructive: false, permission: 'allowed' },
      { name: 'drop', effect: 'read', destructive: true, permission: 'allowed', policy: { timeout_ms: 5 } },
      { name: 'fails', permission: 'denied', policy: { timeout_ms: 60_000, priority: 'normal' } },
    ])
    const overruled = parsed(await tools(['list', ...args, '--tool-timeout', '9s'], { dir }))
    expect(overruled.map(({ policy }) => policy)).toMatchObject([
      { timeout_ms: 9000 },
      { timeout_ms: 9000 },
      { timeout_ms: 9000 },
    ])
  })

  it('says of a file that does not load what is wrong, as a document too', async () => {
    const { dir } = withTool('export const a = 1\nthrow new Error("boom")\n')
    const result = await tools(['list', '--json', '-t', 'tool.mjs'], { dir })
    expect(result.code).toBe(3)
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'tool-load-failed' }, exit_code: 3 })
    expect(result.stderr).toContain('tool.mjs:2" does not load: boom')
  })

  it.skipIf(!terminalAvailable)('is no wider than the terminal', async () => {
    const result = await runAgent(['tools', 'list'], { terminal: { columns: 80 } })
    expect(result.code).toBe(0)
    const widths = result.stdout.split('\r\n').map((line) => line.length)
    expect(Math.max(...widths)).toBe(80)
  })
})

describe('agent tools call', () => {
  const call = (args: string[], options: AgentOptions = {}) => {
    const { dir } = withTool(GREET)
    return tools(['call', '--no-builtins', '-t', 'tool.mjs', ...args], { dir, ...options })
  }

  it('prints text as it is and anything else as JSON', async () => {
    expect(await call(['greet', '{"name":"Ada"}'])).toMatchObject({ stdout: 'Hello, Ada!\n', stderr: '', code: 0 })
    expect((await call(['drop', '{}', '--allow', 'drop'])).stdout).toBe('{\n  "dropped": 1\n}\n')
  })

  it('runs the tool under its policies', async () => {
    const wait = 'await new Promise((resolve) => setTimeout(resolve, 60_000))'
    const { dir } = withTool(toolSource('tool', wait))
    for (const flag of ['--tool-timeout tool=50ms', '--tool-timeout other=60s,t*=50ms', '--tool-timeout 50ms']) {
      const args = ['call', '-t', 'tool.mjs', ...flag.split(' '), 'tool', '{}', '--json', '--tool-retries', '0']
      const result = await tools(args, { dir })
      expect([result.code, JSON.parse(result.stdout).status]).toEqual([9, 'timed_out'])
    }
  })

  it('tells every attempt, and says when the budget of retries is spent', async () => {
    const { dir } = withTool(
      toolSource('tool', "throw new Error('down')").replace('effect:', 'policy: { retry: { base_ms: 1 } }, effect:'),
    )
    const args = ['call', '-t', 'tool.mjs', 'tool', '{}', '--json', '--tool-retries', '9', '--breaker', 'off']
    const result = await tools(args, { dir })
    const { status, attempts } = JSON.parse(result.stdout)
    expect([result.code, status, attempts.length]).toEqual([9, 'failed', 4])
    expect(attempts.map(({ backoff_ms }: { backoff_ms: number | null }) => backoff_ms === null)).toEqual([
      ...[false, false, false, true],
    ])
    expect(result.stderr).toContain('warning: no further attempts: the run has made 3')
  })

  it('takes the input from stdin', async () => {
    expect(await call(['greet', '-'], { stdin: { text: '{"name":"Bob"}\n' } })).toMatchObject({
      stdout: 'Hello, Bob!\n',
      code: 0,
    })
  })

  it("gives the call's record with its timing under --json, also of a call that fails", async () => {
    const good = toolCallSchema.parse(parsed(await call(['--json', 'greet', '{"name":"Ada"}'])))
    expect(good).toMatchObject({ tool: 'greet', status: 'ok', output: 'Hello, Ada!', attempts: [{ attempt: 1 }] })
    expect(good.timing.duration_ms).toBeGreaterThanOrEqual(0)
    const result = await call(['--json', 'fails', '{}'])
    expect(result.code).toBe(9)
    expect(toolCallSchema.parse(parsed(result))).toMatchObject({ status: 'failed', error: { message: 'no luck' } })
  })

  it.each([
    ['fails', '{}', 9, 'agent: fails: failed: no luck\n'],
    ['greet', '{"nam":"Ada"}', 9, 'agent: greet: invalid input: input: '],
    ['drop', '{}', 9, 'agent: drop: denied: drop is destructive and was not allowed (--allow drop)\n'],
    ['nope', '{}', 2, 'agent: there is no tool "nope"\nhint: known: greet, drop, fails\n'],
    ['greet', '[]', 2, 'agent: the input is no JSON object\n'],
    ['greet', '{', 2, 'agent: the input is no JSON: '],
  ])('%s %s ends with its code and one line', async (name, input, code, said) => {
    const result = await call([name, input])
    expect([result.code, result.stdout]).toEqual([code, ''])
    expect(result.stderr).toContain(said)
  })

  it('ends a call that takes too long', async () => {
    const { dir } = withTool(toolSource('sleepy', 'await new Promise(() => {})'))
    const result = await tools(['call', '-t', 'tool.mjs', '--tool-timeout', '50ms', 'sleepy', '{}'], { dir })
    expect(result.stderr).toContain('sleepy: timed out: no result within 50 ms')
    expect(result.code).toBe(9)
  })

  it('C4 cancels the call at Ctrl-C', async () => {
    const { dir } = withTool(toolSource('sleepy', 'console.log("begun"); await new Promise(() => {})'))
    const agent = startAgent(['tools', 'call', '-t', 'tool.mjs', 'sleepy', '{}'], { dir })
    await agent.stderr.until('begun')
    agent.kill('SIGINT')
    const result = await agent.ended
    expect(result.code).toBe(130)
    await endToEnd(result)
  })

  it('writes to the file of -o', async () => {
    const { dir } = withTool(GREET)
    const args = ['call', '--no-builtins', '-t', 'tool.mjs', '-o', 'out.txt', 'greet', '{"name":"Ada"}']
    expect((await tools(args, { dir })).stdout).toBe('')
    expect(readFileSync(join(dir, 'work', 'out.txt'), 'utf8')).toBe('Hello, Ada!\n')
  })

  it('S5 strips what steers a terminal from output', async () => {
    const { dir } = withTool(toolSource('evil', 'return "a\\x1b[2Jb"'))
    expect((await tools(['call', '-t', 'tool.mjs', 'evil', '{}'], { dir })).stdout).toBe('ab\n')
  })
})

describe('agent tools check', () => {
  it('shows what a model will see, with advice', async () => {
    const { dir, tool } = withTool(GREET)
    const { stdout, code } = await tools(['check', 'tool.mjs'], { dir })
    expect(stdout).toContain(`✔ ${tool}\n  greet: read; the model will see\n    {\n      "name": "greet",`)
    expect(stdout).toContain('  advice: say in the description what the tool does')
    expect(code).toBe(0)
  })

  it('goes on after an error and says all of them', async () => {
    const dir = makeRunFolder()
    const folder = join(dir, 'work', 'tools')
    mkdirSync(folder)
    writeFileSync(join(folder, 'a.mjs'), 'throw new Error("boom")')
    writeFileSync(join(folder, 'b.mjs'), GREET)
    writeFileSync(join(folder, 'c.mjs'), 'export const x = 1')
    const result = await tools(['check', 'tools', 'nowhere.mjs'], { dir })
    expect(result.code).toBe(3)
    expect(result.stdout).toMatch(/^✖ .*a\.mjs\n {2}".*a\.mjs:1" does not load: boom\n/)
    expect(result.stdout).toMatch(/^✔ .*b\.mjs$/m)
    expect(result.stdout).toMatch(/^✖ .*c\.mjs\n {2}".*c\.mjs" does not load: exports no tool\n {2}hint: /m)
    expect(result.stdout).toMatch(/^✖ .*nowhere\.mjs\n {2}no tool file at /m)
  })

  it.each([
    ['a path', ['nope.mjs'], 'check the path given to agent tools check'],
    ['--tools', ['-t', 'nope.mjs'], 'check the path given to --tools'],
    ['--mcp', ['--mcp', 'nope.json'], 'check the path given to --mcp'],
    ['tool_paths', ['--config', 'paths.json'], 'check the path given to "tool_paths" in WORK/paths.json'],
    ['mcp', ['--config', 'mcp.json'], 'check the path given to "mcp" in WORK/mcp.json'],
  ])('says where a file was named that is not there: %s', async (_, args, hint) => {
    const dir = makeRunFolder()
    const work = join(dir, 'work')
    writeFileSync(join(work, 'paths.json'), '{ "tool_paths": ["./nope.mjs"] }')
    writeFileSync(join(work, 'mcp.json'), '{ "mcp": ["./nope.json"] }')
    const result = await tools(['check', ...args], { dir })
    expect(result.code).toBe(3)
    expect(`${result.stdout}${result.stderr}`.replaceAll(work, 'WORK')).toContain(`  hint: ${hint}\n`)
  })

  it('finds two tools of one name', async () => {
    const { dir } = withTool(GREET)
    writeFileSync(join(dir, 'work', 'other.mjs'), GREET)
    const result = await tools(['check', '-t', 'tool.mjs', 'other.mjs'], { dir })
    expect(result.code).toBe(3)
    expect(result.stderr).toContain('"greet" is defined by both')
  })

  it('prints all of it as one document', async () => {
    const { dir } = withTool(GREET)
    const result = await tools(['check', '--json', 'tool.mjs', 'nowhere.mjs'], { dir })
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      error: null,
      places: [
        { error: null, tools: [{ name: 'greet', sent: { name: 'greet' }, advice: [] }, {}, {}] },
        { error: { code: 'tool-file-missing' }, tools: [] },
      ],
    })
  })
})

describe('agent tools', () => {
  it.each([
    [['tools'], 'Usage: agent tools <command>'],
    [['tools', 'x'], 'agent: unknown command "x"\nhint: agent tools --help\n'],
    [['tools', 'lst'], 'agent: unknown command "lst"\nhint: agent tools list\n'],
    [['tools', 'call', 'greet'], 'agent: missing required argument "input"\nhint: see agent tools call --help\n'],
    [['tools', 'check'], 'agent: no tool file and no MCP server is named\n'],
    [['tools', 'list', '--bogus'], 'agent: unknown option "--bogus"\nhint: see agent tools list --help\n'],
    [['tools', 'list', '--only', 'nope'], '--only names "nope"'],
  ])('%j is a mistake that is said', async (args, said) => {
    const result = await runAgent(args)
    expect(result.stderr).toContain(said)
    expect(result.code).toBe(args.includes('--only') ? 3 : 2)
    expect(result.stdout).toBe('')
  })

  it.each(['list', 'call', 'check'])('%s has a help', async (name) => {
    const result = await runAgent(['tools', name, '--help'])
    expect(result.stdout).toMatch(new RegExp(`^Usage: agent tools ${name} \\[options\\]`))
    expect(result.code).toBe(0)
  })
})
