import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { displayConfig } from '../src/config-display.ts'
import { DEFAULT_SYSTEM_PROMPT } from '../src/config-system.ts'
import { flagsOf, folder, load } from './config-rig.ts'

describe('the configuration', () => {
  it('has a default for everything but the key', async () => {
    const { config } = await load([])
    expect(config.model).toEqual({
      name: 'claude-sonnet-5-5',
      baseUrl: null,
      credentials: { kind: 'api_key', value: 'sk-ant-test-0123456789' },
      maxTokens: 16_384,
      effort: null,
      protocol: 'native',
      proxyUrl: null,
      noProxy: null,
      idleTimeoutMs: 90_000,
      messageTimeoutMs: 600_000,
    })
    expect(config).toMatchObject({
      system: DEFAULT_SYSTEM_PROMPT,
      concurrency: 64,
      maxTurns: 25,
      timeoutMs: null,
      cache: true,
      failOnToolError: false,
      tools: { paths: [], builtins: true, only: null, allow: [], root: null, sayings: [], defaultTimeoutMs: null },
    })
  })

  it('takes flags over the environment over the config file', async () => {
    const home = folder({ 'agent/config.json': '{ "model": "from-file", "max_turns": 3, "concurrency": 2 }' })
    const inFile = { XDG_CONFIG_HOME: home }
    const inBoth = { ...inFile, ANTHROPIC_MODEL: 'from-environment' }
    expect((await load([], { environment: inFile })).config.model.name).toBe('from-file')
    expect((await load([], { environment: inBoth })).config.model.name).toBe('from-environment')
    const { config } = await load(['-m', 'from-flag', '-j', '9'], { environment: inBoth })
    expect([config.model.name, config.concurrency, config.maxTurns]).toEqual(['from-flag', 9, 3])
  })

  it('S1 reads nothing from the current directory that is not named', async () => {
    const directory = folder({
      'config.json': '{ "model": "planted" }',
      'agent/config.json': '{ "model": "planted" }',
      '.config/agent/config.json': '{ "model": "planted" }',
      '.env': 'ANTHROPIC_BASE_URL=http://evil.example',
    })
    for (const XDG_CONFIG_HOME of [undefined, '', '.', './.config']) {
      const { config } = await load([], { directory, environment: { XDG_CONFIG_HOME } })
      expect([config.model.name, config.model.baseUrl]).toEqual(['claude-sonnet-5-5', null])
    }
    const { config } = await load(['--config', 'config.json'], { directory })
    expect(config.model.name).toBe('planted')
  })

  it('takes paths in a config file from the folder of that file, and paths of flags from the current one', async () => {
    const files = folder({
      'conf/agent.json': '{ "tool_paths": ["tools", "~/mine.js"], "root": "data", "system": "@prompt.md" }',
      'conf/prompt.md': 'Answer in rhymes.\n',
      'conf/data/x': '',
    })
    const { config } = await load(['--config', 'conf/agent.json', '-t', 'here.js'], {
      directory: files,
      environment: { HOME: '/home/someone' },
    })
    const ofFile = `"tool_paths" in ${join(files, 'conf/agent.json')}`
    expect(config.tools.paths).toEqual([
      { path: join(files, 'conf/tools'), from: ofFile },
      { path: '/home/someone/mine.js', from: ofFile },
      { path: join(files, 'here.js'), from: '--tools' },
    ])
    expect(config.tools.root).toBe(join(files, 'conf/data'))
    expect(config.system).toBe('Answer in rhymes.')
  })

  it('reads what a config file says of tools', async () => {
    const directory = folder({
      'a.json': '{ "tools": { "get_*": { "timeout_ms": 700, "effect": "read" } }, "tool_timeout": "2s" }',
    })
    const { config } = await load(['--config', 'a.json'], { directory })
    const inFile = {
      from: 'config file "get_*"',
      flag: null,
      pattern: 'get_*',
      says: { timeout_ms: 700, effect: 'read' },
    }
    expect(config.tools).toMatchObject({ sayings: [inFile], defaultTimeoutMs: 2000 })
  })

  it('puts what flags say of tools behind the config file, and what they say of some behind what they say of all', async () => {
    const directory = folder({ 'a.json': '{ "tools": { "b": { "timeout_ms": 1 }, "a*": { "timeout_ms": 2 } } }' })
    const flags = ['--tool-timeout', 'a=3s', '--critical', 'x', '--tool-timeout', '4s', '--optional', 'x,y*']
    const { config } = await load(['--config', 'a.json', ...flags], { directory })
    expect(config.tools.sayings.map(({ from, pattern, says }) => [from, pattern, says])).toEqual([
      ['config file "b"', 'b', { timeout_ms: 1 }],
      ['config file "a*"', 'a*', { timeout_ms: 2 }],
      ['--tool-timeout', null, { timeout_ms: 4000 }],
      ['--tool-timeout', 'a', { timeout_ms: 3000 }],
      ['--critical', 'x', { priority: 'critical' }],
      ['--optional', 'x', { priority: 'optional' }],
      ['--optional', 'y*', { priority: 'optional' }],
    ])
  })

  it('takes the policies of a run from flags, else from the config file, else their defaults', async () => {
    const whole = {
      on_error: 'no-new',
      early_results: '2s',
      answer_by: '20s',
      optional_grace: '1s',
      max_total_tokens: 5,
      max_cost: 0.5,
      slots: { commands: 3, mcp: 4 },
    }
    const directory = folder({ 'a.json': JSON.stringify(whole) })
    const slots = { threads: null, commands: null, mcp: null }
    const none = { onError: 'collect', earlyResultsMs: null, answerByMs: null, optionalGraceMs: 250 }
    expect((await load([])).config).toMatchObject({
      policies: { ...none, maxTotalTokens: null, maxCostUsd: null },
      tools: { slots },
    })
    const inFile = { onError: 'no-new', earlyResultsMs: 2000, answerByMs: 20_000, optionalGraceMs: 1000 }
    expect((await load(['--config', 'a.json'], { directory })).config).toMatchObject({
      policies: { ...inFile, maxTotalTokens: 5, maxCostUsd: 0.5 },
      tools: { slots: { ...slots, commands: 3, mcp: 4 } },
    })
    const flags =
      '--on-error collect --early-results 1s --answer-by 2s --optional-grace 3s --max-total-tokens 6 --max-cost 1.25 --slots mcp=1'
    expect((await load(['--config', 'a.json', ...flags.split(' ')], { directory })).config).toMatchObject({
      policies: {
        ...{ onError: 'collect', earlyResultsMs: 1000, answerByMs: 2000, optionalGraceMs: 3000 },
        ...{ maxTotalTokens: 6, maxCostUsd: 1.25 },
      },
      tools: { slots: { ...slots, commands: 3, mcp: 1 } },
    })
  })

  it('refuses a limit of cost where the price of the model is not known', async () => {
    const directory = folder({ 'a.json': '{ "max_cost": 1 }' })
    await expect(load(['--max-cost', '0.50', '-m', 'mine'])).rejects.toMatchObject({
      exitCode: 3,
      code: 'unknown-price',
      message: '--max-cost: the price of the model "mine" is not known',
      hint: expect.stringContaining('--max-total-tokens'),
    })
    const inFile = load(['--config', 'a.json', '-m', 'mine'], { directory })
    await expect(inFile).rejects.toThrow(/a\.json: max_cost: the price of the model "mine"/)
    expect((await load(['--max-cost', '0.50', '--offline'])).config.policies.maxCostUsd).toBe(0.5)
  })

  it('refuses a config file whose answer_by is not before its timeout, but not a flag that comes first', async () => {
    const directory = folder({
      'late.json': '{ "answer_by": "3s", "timeout": "3s" }',
      'good.json': '{ "answer_by": "20s" }',
    })
    await expect(load(['--config', 'late.json'], { directory })).rejects.toMatchObject({ exitCode: 3 })
    const { config } = await load(['--config', 'good.json', '--timeout', '3s'], { directory })
    expect([config.policies.answerByMs, config.timeoutMs]).toEqual([20_000, 3000])
  })

  it('refuses a root that is no folder', async () => {
    const directory = folder({ file: '', 'a.json': '{ "root": "none" }' })
    await expect(load(['--root', 'file'], { directory })).rejects.toMatchObject({ exitCode: 2 })
    await expect(load(['--config', 'a.json'], { directory })).rejects.toMatchObject({ exitCode: 3 })
    expect((await load(['--root', '.', '--config', 'a.json'], { directory })).config.tools.root).toBe(directory)
  })

  it('takes /dev/null for no config file at all', async () => {
    const XDG_CONFIG_HOME = folder({ 'agent/config.json': '{ "max_turns": 4 }' })
    expect((await load(['--config', '/dev/null'], { environment: { XDG_CONFIG_HOME } })).config.maxTurns).toBe(25)
  })

  it('reads --system from a file', async () => {
    const directory = folder({ 'system.md': '  Be brief. \n', empty: '\n' })
    expect((await load(['--system', '@system.md'], { directory })).config.system).toBe('Be brief.')
    expect((await load(['--system', 'You are @home'], { directory })).config.system).toBe('You are @home')
    const missing = { exitCode: 2, message: '--system: "@none.md" does not exist' }
    await expect(load(['--system', '@none.md'], { directory })).rejects.toMatchObject(missing)
    await expect(load(['--system', '@empty'], { directory })).rejects.toMatchObject({ exitCode: 2 })
  })

  it('C7 needs a key unless another server or the offline model is asked', async () => {
    const none = { ANTHROPIC_API_KEY: undefined }
    await expect(load([], { environment: none })).rejects.toMatchObject({
      exitCode: 4,
      message: 'no API key: ANTHROPIC_API_KEY is not set',
      hint: 'export it, name a local server with --base-url, or try --offline',
    })
    await expect(load(['--base-url', 'https://api.anthropic.com'], { environment: none })).rejects.toMatchObject({
      exitCode: 4,
    })
    const local = await load(['--base-url', 'http://127.0.0.1:1/'], { environment: none })
    expect([local.config.model.baseUrl, local.config.model.credentials]).toEqual(['http://127.0.0.1:1', null])
    const offline = await load(['--offline'], { environment: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' } })
    expect(offline.config.model).toMatchObject({ name: 'offline', baseUrl: null, credentials: null })
    expect((await load(['-m', 'offline'], { environment: none })).config.model.name).toBe('offline')
    expect((await load([], { environment: none, keyNeeded: false })).config.model.credentials).toBe(null)
  })

  it('C7 refuses an empty key and one with a line break, and trims one at the end', async () => {
    const key = (ANTHROPIC_API_KEY: string) => load([], { environment: { ANTHROPIC_API_KEY } })
    await expect(key('')).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining('is empty') })
    await expect(key(' \n')).rejects.toMatchObject({ exitCode: 4 })
    await expect(key('sk-one\nsk-two')).rejects.toMatchObject({
      exitCode: 4,
      message: 'ANTHROPIC_API_KEY holds a line break',
    })
    await expect(key('schlüssel')).rejects.toMatchObject({ exitCode: 4 })
    const { config } = await key('sk-ant-1234\r\n')
    expect(config.model.credentials?.value).toBe('sk-ant-1234')
  })

  it('gives another server the token that was set for it before the key', async () => {
    const environment = { ANTHROPIC_AUTH_TOKEN: 'local', ANTHROPIC_BASE_URL: 'http://localhost:9/v1/' }
    const { config } = await load([], { environment })
    expect(config.model.credentials).toEqual({ kind: 'auth_token', value: 'local' })
    expect(config.model.baseUrl).toBe('http://localhost:9/v1')
    const own = await load([], { environment: { ...environment, ANTHROPIC_BASE_URL: '' } })
    expect(own.config.model.credentials?.kind).toBe('api_key')
  })

  it.each(['no url', 'ftp://host', 'http://user:secret@host', 'http://host?x=1'])(
    'refuses the base URL %j',
    async (url) => {
      const flag = await load(['--base-url', url]).catch((error: unknown) => error)
      expect(flag).toMatchObject({ exitCode: 2, message: expect.stringContaining('--base-url') })
      expect(String(flag)).not.toContain('secret')
      await expect(load([], { environment: { ANTHROPIC_BASE_URL: url } })).rejects.toMatchObject({ exitCode: 3 })
    },
  )

  it('C10 goes on without a user config that cannot be read, and says so', async () => {
    const home = folder({ 'agent/config.json': '{}' })
    const loop = folder({ 'agent/x': '' })
    symlinkSync('config.json', join(loop, 'agent/config.json'))
    const { config, notices } = await load([], { environment: { XDG_CONFIG_HOME: loop } })
    expect(config.maxTurns).toBe(25)
    expect(notices).toEqual([expect.stringMatching(/^warning: config file .* cannot be read: .*going on without it$/)])
    chmodSync(join(home, 'agent/config.json'), 0o000)
    const named = load(['--config', join(loop, 'agent/config.json')])
    await expect(named).rejects.toMatchObject({ exitCode: 3 })
    const missing = { exitCode: 3, message: 'config file "missing.json" does not exist' }
    await expect(load(['--config', 'missing.json'])).rejects.toMatchObject(missing)
  })

  it('follows a link to the user config, as managers of such files make them', async () => {
    const files = folder({ 'real.json': '{ "max_turns": 4 }', 'agent/x': '' })
    symlinkSync(join(files, 'real.json'), join(files, 'agent/config.json'))
    expect((await load([], { environment: { XDG_CONFIG_HOME: files } })).config.maxTurns).toBe(4)
  })

  it('reads the proxy, without quoting one that is none', async () => {
    const { config } = await load([], { environment: { https_proxy: 'http://proxy:3128', NO_PROXY: 'a,b' } })
    expect([config.model.proxyUrl, config.model.noProxy]).toEqual(['http://proxy:3128', 'a,b'])
    const bare = await load([], { environment: { HTTPS_PROXY: 'proxy:3128' } })
    expect(bare.config.model.proxyUrl).toBe('http://proxy:3128')
    const bad = await load([], { environment: { HTTPS_PROXY: 'socks5://user:pw@proxy' } }).catch(
      (error: unknown) => error,
    )
    expect(bad).toMatchObject({ exitCode: 3, message: 'HTTPS_PROXY is no http(s) URL' })
  })
})

describe('how a run is shown', () => {
  const terminal = { environment: {}, stdoutIsTerminal: true, stderrIsTerminal: true, columns: 80 }

  it('streams and moves at a terminal only', () => {
    expect(displayConfig(flagsOf(), terminal)).toMatchObject({ streamAnswer: true, animate: true, colour: true })
    const piped = { ...terminal, stdoutIsTerminal: false, stderrIsTerminal: false }
    expect(displayConfig(flagsOf(), piped)).toMatchObject({ streamAnswer: false, animate: false, colour: false })
    expect(displayConfig(flagsOf('--json'), terminal)).toMatchObject({ format: 'json', streamAnswer: false })
    expect(displayConfig(flagsOf('-o', 'x'), terminal)).toMatchObject({ outputFile: 'x', streamAnswer: false })
  })

  it.each([
    [{ TERM: 'dumb' }, [], { colour: false, animate: false }],
    [{ CI: 'true' }, [], { colour: true, animate: false }],
    [{ CI: 'false' }, [], { animate: true }],
    [{ NO_COLOR: '1' }, [], { colour: false, animate: true }],
    [{ NO_COLOR: '' }, [], { colour: true }],
    [{ FORCE_COLOR: '1', TERM: 'dumb' }, [], { colour: true }],
    [{ FORCE_COLOR: '0' }, [], { colour: false }],
    [{ FORCE_COLOR: '1' }, ['--no-color'], { colour: false }],
    [{}, ['-q'], { verbosity: 'quiet', animate: false }],
    [{}, ['-v'], { verbosity: 'verbose' }],
    [{}, ['-v', '--debug'], { verbosity: 'debug' }],
  ])('C10 with %j and %j', (environment, argv, expected) => {
    expect(displayConfig(flagsOf(...argv), { ...terminal, environment })).toMatchObject(expected)
  })
})
