import { describe, expect, it } from 'vitest'
import { isAgentError } from '../../src/contract/error.ts'
import { policyInForce } from '../../src/contract/policy.ts'
import type { Tool } from '../../src/contract/tool.ts'
import type { ToolSaying } from '../../src/contract/tool-override.ts'
import { buildRegistry } from '../../src/sources/registry.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { NO_TOOLS } from './open-tools.ts'
import { byFlag, inFile } from './sayings.ts'

function tool(name: string, more: Partial<Tool>): Tool {
  return Object.assign(openPuppet({ name, source: 'module' }), { policy: {} }, more)
}

function settle(tools: Tool[], sayings: ToolSaying[], defaultTimeoutMs: number | null = null) {
  const notes: string[] = []
  const config = { ...NO_TOOLS, sayings, defaultTimeoutMs }
  const registry = buildRegistry({ named: tools, shipped: [] }, config, (level, text) =>
    notes.push(`${level}: ${text}`),
  )
  return { ...registry, notes }
}

function mistake(tools: Tool[], sayings: ToolSaying[]): string {
  try {
    settle(tools, sayings)
  } catch (error) {
    if (!isAgentError(error)) throw error
    expect(error).toMatchObject({ code: 'bad-policy', exitCode: 3, hint: expect.any(String) })
    return error.message
  }
  throw new Error('was accepted')
}

const READ = tool('get', { effect: 'read' })
const WRITE = tool('drop', { effect: 'write' })
const TWICE = { retry: { max_attempts: 2 } }

describe('what is in force for a tool', () => {
  it('is the default where nobody says anything', () => {
    const { settingsOf } = settle([READ], [])
    expect(settingsOf('get')?.policy).toEqual(policyInForce('read', {}))
    expect(new Set(Object.values(settingsOf('get')?.from ?? {}))).toEqual(new Set(['default', 'tool']))
    expect(settingsOf('get')?.from).toMatchObject({ timeout_ms: 'default', retry: 'default', effect: 'tool' })
  })

  it('says of each part where it comes from, and is what the tool is run with', () => {
    const own = tool('get', { effect: 'read', policy: { timeout_ms: 1, deadline_ms: 9, max_concurrency: 2 } })
    const sayings = [
      inFile('g*', { timeout_ms: 2, priority: 'optional' }),
      inFile('get', { timeout_ms: 3 }),
      byFlag('--rate-limit', null, { rate_limit: { limit: 5, per_ms: 1000 } }),
      byFlag('--critical', 'get', { priority: 'critical' }),
      byFlag('--exclusive', 'get', { exclusive: true }),
    ]
    const { settingsOf, find } = settle([own], sayings, 7)
    expect(settingsOf('get')).toMatchObject({
      policy: {
        ...{ timeout_ms: 3, deadline_ms: 9, max_concurrency: 2, priority: 'critical' },
        rate_limit: { limit: 5, per_ms: 1000 },
      },
      from: {
        ...{ timeout_ms: 'config file "get"', deadline_ms: 'tool', max_concurrency: 'tool' },
        ...{ rate_limit: '--rate-limit', priority: '--critical', retry: 'default', exclusive: '--exclusive' },
      },
    })
    const adapted = find('get')
    expect(adapted?.exclusive).toBe(true)
    expect(policyInForce('read', adapted?.policy ?? {})).toEqual(settingsOf('get')?.policy)
  })

  it('takes the general time of the config file where a tool has none of its own', () => {
    const { settingsOf } = settle([READ, tool('own', { effect: 'read', policy: { timeout_ms: 1 } })], [], 7)
    expect(settingsOf('get')).toMatchObject({
      policy: { timeout_ms: 7 },
      from: { timeout_ms: 'config file "tool_timeout"' },
    })
    expect(settingsOf('own')).toMatchObject({ policy: { timeout_ms: 1 }, from: { timeout_ms: 'tool' } })
  })

  it('merges retry and breaker key by key, and takes all else whole', () => {
    const policy = { retry: { base_ms: 1, max_ms: 4 }, breaker: { failures: 2 } }
    const own = tool('get', { effect: 'read', policy })
    const { settingsOf } = settle(
      [own],
      [byFlag('--tool-retries', null, TWICE), inFile('get', { breaker: { open_ms: 3 } })],
    )
    expect(settingsOf('get')?.policy).toMatchObject({
      retry: { max_attempts: 2, base_ms: 1, factor: 2, max_ms: 4 },
      breaker: { failures: 2, open_ms: 3 },
    })
    expect(settingsOf('get')?.from).toMatchObject({
      retry: '--tool-retries, then tool',
      breaker: 'config file "get", then tool',
    })
  })

  it('is turned off by false, and on again by a level above', () => {
    const own = tool('get', { effect: 'read', policy: { breaker: false, retry: false, rate_limit: false } })
    expect(settle([own], []).settingsOf('get')).toMatchObject({
      policy: { breaker: null, retry: { max_attempts: 1 }, rate_limit: null },
      from: { breaker: 'tool', retry: 'tool', rate_limit: 'tool' },
    })
    const on = settle([own], [inFile('get', { breaker: { failures: 2 }, retry: { max_attempts: 2 } })])
    expect(on.settingsOf('get')).toMatchObject({
      policy: { breaker: { failures: 2, open_ms: 30_000 }, retry: { max_attempts: 2, base_ms: 500 } },
      from: { breaker: 'config file "get"', retry: 'config file "get"' },
    })
    const pauses = settle([own], [inFile('get', { retry: { base_ms: 7 } })]).settingsOf('get')
    expect(pauses).toMatchObject({ policy: { retry: { max_attempts: 1, base_ms: 7 } } })
    expect(pauses?.from.retry).toBe('config file "get", then tool')
    expect(settle([own], [byFlag('--breaker', 'get', { breaker: false })]).settingsOf('get')?.policy.breaker).toBe(null)
  })

  it('may be another effect, another key, and whether it is destructive', () => {
    const own = tool('drop', { effect: 'write', exclusive: true, destructive: true })
    const { find, settingsOf } = settle(
      [own],
      [inFile('drop', { effect: 'idempotent', exclusive: 'disk', destructive: false })],
    )
    expect(find('drop')).toMatchObject({ effect: 'idempotent', exclusive: 'disk', destructive: false })
    expect(settingsOf('drop')?.from).toMatchObject({ effect: 'config file "drop"', exclusive: 'config file "drop"' })
    expect(settle([own], [inFile('drop', { exclusive: false })]).find('drop')?.exclusive).toBeUndefined()
    expect(settle([own], []).find('drop')?.exclusive).toBe(true)
  })

  it('is nothing for a flag that names no tool, which is warned of', () => {
    const { notes } = settle([READ], [byFlag('--critical', 'got', { priority: 'critical' })])
    expect(notes).toEqual(['warning: --critical names "got", which is no tool here; known: get'])
  })
})

describe('retries of a tool that writes', () => {
  it('are a mistake where the tool itself, its name in the config file or in a flag asks for them', () => {
    const why = 'would run a write again that may have happened'
    const own = tool('drop', { effect: 'write', policy: { retry: { max_attempts: 5 } }, place: '/t.mjs' })
    expect(mistake([own], [])).toBe(`/t.mjs: 5 attempts of "drop" ${why}`)
    expect(mistake([READ, WRITE], [inFile('drop', TWICE)])).toBe(`config file "drop": 2 attempts of "drop" ${why}`)
    expect(mistake([READ, WRITE], [byFlag('--tool-retries', 'drop', TWICE)])).toBe(
      `--tool-retries: 2 attempts of "drop" ${why}`,
    )
  })

  it('are not, where they are forced, where the effect is another one, or where they are overruled', () => {
    const asks = inFile('drop', TWICE)
    const attempts = (...sayings: ToolSaying[]) => settle([WRITE], sayings).settingsOf('drop')?.policy.retry
    expect(attempts(asks, inFile('*', { retry: { force: true } }))).toMatchObject({ max_attempts: 2, force: true })
    expect(attempts(asks, inFile('d*', { effect: 'idempotent' }))).toMatchObject({ max_attempts: 2, force: false })
    expect(attempts(asks, byFlag('--tool-retries', 'drop', { retry: { max_attempts: 1 } }))?.max_attempts).toBe(1)
    expect(attempts(inFile('drop', { retry: { base_ms: 5 } }))).toMatchObject({ max_attempts: 3, base_ms: 5 })
  })

  it('are left out where a flag or a glob asks for those of many tools, said with -v', () => {
    for (const asks of [byFlag('--tool-retries', null, TWICE), inFile('*', TWICE), inFile('?*', TWICE)]) {
      const { settingsOf, notes } = settle([READ, WRITE], [asks])
      expect(settingsOf('get')).toMatchObject({ policy: { retry: { max_attempts: 2 } }, from: { retry: asks.from } })
      expect(settingsOf('drop')).toMatchObject({ policy: { retry: { max_attempts: 3 } }, from: { retry: 'default' } })
      expect(notes).toEqual([
        `info: ${asks.from}: retries are not applied to "drop": they could run a write again that may have happened`,
      ])
    }
  })

  it('are a mistake of a glob that means nothing else, and warned of where all tools write', () => {
    expect(mistake([READ, WRITE], [inFile('d*', TWICE)])).toMatch(
      /^config file "d\*": retries are not applied to "drop"/,
    )
    expect(settle([WRITE], [byFlag('--tool-retries', null, TWICE)]).notes).toEqual([
      expect.stringMatching(/^warning: --tool-retries: retries are not applied to "drop"/),
    ])
  })

  it('keep the other words of a glob that asks for them', () => {
    const { settingsOf } = settle([READ, WRITE], [inFile('*', { retry: { max_attempts: 2, base_ms: 9 } })])
    expect(settingsOf('drop')?.policy.retry).toMatchObject({ max_attempts: 3, base_ms: 9 })
  })
})

it('refuses pauses of retries that contradict each other across levels', () => {
  expect(mistake([READ], [inFile('get', { retry: { base_ms: 10_000 } })])).toBe(
    '"get": retry.base_ms, 10000, is more than retry.max_ms, 8000 (config file "get")',
  )
})
