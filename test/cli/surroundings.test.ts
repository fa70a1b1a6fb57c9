import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AGENT, makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { server } from './asking.ts'

describe('C10 surroundings', () => {
  it('works without a home', async () => {
    const { env } = await server()
    for (const HOME of [undefined, '', '/nonexistent', '/dev/null']) {
      // Without a HOME there is still that of whoever runs this, which is not for tests.
      const XDG_STATE_HOME = HOME ? undefined : join(makeRunFolder(), 'state')
      const result = await runAgent(['ask', 'q'], { env: { ...env, HOME, XDG_STATE_HOME, XDG_CONFIG_HOME: undefined } })
      expect([result.stdout, result.stderr, result.code]).toEqual(['The answer.\n', '', 0])
    }
  })

  it.each([
    ['ask', '--offline', '--json', 'q'],
    ['resume', '--json'],
    ['runs', 'list', '--json'],
    ['view', '--json'],
    ['tools', 'list', '--json'],
    ['doctor', '--json'],
  ])('says that the current folder is gone: agent %s', async (...args) => {
    const { env } = await server()
    const dir = makeRunFolder()
    const script = join(dir, 'gone.mjs')
    writeFileSync(
      script,
      `import { mkdirSync, rmdirSync } from 'node:fs'
       mkdirSync('gone'); process.chdir('gone'); rmdirSync('../gone')
       process.argv.splice(1, 1, ${JSON.stringify(AGENT)})
       await import(process.argv[1])`,
    )
    const result = await runAgent(args, { env, dir, script })
    expect([result.code, result.stderr]).toEqual([
      2,
      'agent: the current folder is gone\nhint: cd to a folder that is there\n',
    ])
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
