import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import { reply } from '../rig/reply.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

describe('C10 surroundings', () => {
  it.skipIf(!terminalAvailable).each([
    ['TERM=dumb', { TERM: 'dumb' }, []],
    ['NO_COLOR', { NO_COLOR: '1', TERM: 'dumb' }, []],
    ['--no-color under CI', { TERM: 'xterm', CI: 'true' }, ['--no-color']],
  ])('no escape reaches the terminal with %s', async (_name, variables, args) => {
    const { env } = await server(reply.toolUse('quick', {}), reply.text('Done.'))
    const { dir } = withTool(toolSource('quick', 'return 1'))
    const result = await runAgent(['ask', ...args, '-t', 'tool.mjs', 'q'], {
      dir,
      env: { ...env, ...variables },
      terminal: {},
    })
    expect(result.code).toBe(0)
    expect(result.stdout).toContain('Done.')
    expect(result.stdout).not.toContain('\x1b')
  })

  it('works without a home', async () => {
    const { env } = await server()
    for (const HOME of [undefined, '', '/nonexistent', '/dev/null']) {
      const result = await runAgent(['ask', 'q'], { env: { ...env, HOME, XDG_CONFIG_HOME: undefined } })
      expect([result.stdout, result.stderr, result.code]).toEqual(['The answer.\n', '', 0])
    }
  })

  it('works in a home that cannot be written', async () => {
    const { env } = await server()
    const dir = makeRunFolder()
    chmodSync(join(dir, 'home'), 0o500)
    const result = await runAgent(['ask', 'q'], { env, dir })
    expect([result.stdout, result.stderr, result.code]).toEqual(['The answer.\n', '', 0])
  })

  it('warns of a user config that cannot be read, and goes on', async () => {
    const { env } = await server()
    const dir = makeRunFolder()
    mkdirSync(join(dir, 'home/.config/agent/config.json'), { recursive: true })
    const result = await runAgent(['ask', 'q'], { env, dir })
    expect([result.stdout, result.code]).toEqual(['The answer.\n', 0])
    expect(result.stderr).toMatch(/^agent: warning: config file .*config\.json" cannot be read: .*\n$/)
    const quiet = await runAgent(['ask', '-q', 'q'], { env, dir })
    expect([quiet.stdout, quiet.stderr]).toEqual(['The answer.\n', ''])
  })
})

describe('S1 the current directory', () => {
  it('sets neither endpoint nor key nor tools', async () => {
    const { api, env } = await server()
    const dir = makeRunFolder()
    const planted = '{ "base_url": "http://127.0.0.1:9", "tool_paths": ["tool.mjs"], "model": "planted" }'
    for (const name of ['config.json', 'agent.json', 'agent/config.json', '.config/agent/config.json', '.agent.json']) {
      mkdirSync(join(dir, 'work', name, '..'), { recursive: true })
      writeFileSync(join(dir, 'work', name), planted)
    }
    writeFileSync(join(dir, 'work/.env'), 'ANTHROPIC_MODEL=planted\n')
    writeFileSync(join(dir, 'work/tool.mjs'), 'process.exit(7)')
    mkdirSync(join(dir, 'work/tools'))
    writeFileSync(join(dir, 'work/tools/tool.mjs'), 'process.exit(7)')
    const result = await runAgent(['ask', 'q'], { env, dir })
    expect([result.stdout, result.stderr, result.code]).toEqual(['The answer.\n', '', 0])
    expect(api.requests[0]?.body['model']).toBe('claude-sonnet-5-5')
  })

  it('is used where the command line names a file in it', async () => {
    const { api, env } = await server()
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work/agent.json'), '{ "model": "named" }')
    await endToEnd(await runAgent(['ask', '--config', 'agent.json', 'q'], { env, dir }))
    expect(api.requests[0]?.body['model']).toBe('named')
  })
})

describe('S2 the environment of tools', () => {
  const SECRETS = {
    ANTHROPIC_AUTH_TOKEN: 'auth-token-0123456789',
    COPY_OF_KEY: CANARY_KEY,
    SERVICE_TOKEN: 'service-0123456789',
    PLAIN: 'plain',
  }
  const tool = toolSource('names', 'return Object.keys(process.env)')

  async function namesSeenByTool(...args: string[]): Promise<string[]> {
    const { env } = await server(reply.toolUse('names', {}), reply.text('Done.'))
    const { dir } = withTool(tool)
    const result = await runAgent(['ask', '--json', ...args, '-t', 'tool.mjs', 'q'], {
      dir,
      env: { ...env, ...SECRETS },
    })
    await endToEnd(result, { secrets: [SECRETS.ANTHROPIC_AUTH_TOKEN, SECRETS.SERVICE_TOKEN] })
    const { output } = result.json().turns[0]?.tool_calls[0] ?? {}
    return Array.isArray(output) ? output.map(String) : []
  }

  it("never has the model's credentials, and has the rest", async () => {
    const names = await namesSeenByTool()
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'SERVICE_TOKEN', 'PLAIN']))
    for (const name of ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'COPY_OF_KEY']) expect(names).not.toContain(name)
  })

  it('is an allow-list with --clean-env', async () => {
    const names = await namesSeenByTool('--clean-env')
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME']))
    for (const name of ['SERVICE_TOKEN', 'PLAIN', 'ANTHROPIC_API_KEY']) expect(names).not.toContain(name)
  })
})

describe('S3 secrets', () => {
  it.each(['prose', '--json', '--jsonl', '--dry-run'])('appear in no output: %s', async (format) => {
    const secret = 'service-0123456789'
    const { env } = await server(reply.text(`The key is ${CANARY_KEY} and the token ${secret}.`))
    const args = format === 'prose' ? [] : [format]
    const result = await runAgent(['ask', '--debug', ...args, `is ${secret} mine?`], {
      env: { ...env, SERVICE_TOKEN: secret },
    })
    expect(result.code).toBe(0)
    await endToEnd(result, { secrets: [secret] })
  })

  it('appear in no message about a mistake', async () => {
    for (const args of [
      ['ask', '--timeout', CANARY_KEY],
      [CANARY_KEY],
      ['ask', `--${CANARY_KEY}`],
      ['ask', '-t', CANARY_KEY, 'q'],
    ]) {
      const result = await runAgent(args)
      expect(result.code).not.toBe(0)
      await endToEnd(result)
    }
  })
})
