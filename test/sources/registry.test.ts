import { expect, it } from 'vitest'
import type { ToolsConfig } from '../../src/contract/config.ts'
import { isAgentError } from '../../src/contract/error.ts'
import type { Tool } from '../../src/contract/tool.ts'
import { buildRegistry } from '../../src/sources/registry.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { NO_TOOLS } from './open-tools.ts'
import { byFlag, inFile } from './sayings.ts'

function tool(name: string, more: Partial<Tool> & { place?: string } = {}): Tool {
  return Object.assign(openPuppet({ name, source: 'module' }), more)
}

type Times = { own?: number; override?: number; general?: number; flag?: number }

function registry(named: Tool[], shipped: Tool[] = [], config: Partial<ToolsConfig> = {}, notes: string[] = []) {
  return buildRegistry({ named, shipped }, { ...NO_TOOLS, builtins: true, ...config }, (_, note) => notes.push(note))
}

function error(build: () => unknown): { code: string; exitCode: number; message: string; hint: string | null } {
  try {
    build()
  } catch (thrown) {
    if (isAgentError(thrown)) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}

it('M11 finds no tool called constructor or __proto__', () => {
  const { find } = registry([tool('a')])
  expect(['constructor', '__proto__', 'toString', 'hasOwnProperty'].map(find)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

it('lets a tool of the user replace a shipped one, and says so', () => {
  const notes: string[] = []
  const { tools, find } = registry(
    [tool('get_time', { place: '/t.mjs' })],
    [tool('get_time'), tool('calculate')],
    {},
    notes,
  )
  expect(tools.map(({ name }) => name)).toEqual(['calculate', 'get_time'])
  expect(find('get_time')?.source).toBe('module')
  expect(notes).toEqual(['"get_time" of /t.mjs replaces the shipped one'])
})

it('S6 refuses two tools of the user under one name, naming both places', () => {
  const taken = error(() => registry([tool('a', { place: '/one.mjs' }), tool('a', { place: '/two.mjs' })]))
  expect(taken).toMatchObject({
    code: 'tool-name-taken',
    exitCode: 3,
    message: '"a" is defined by both /one.mjs and /two.mjs',
  })
})

it('S6 maps names to what the API takes, and refuses what collides then', () => {
  expect(registry([tool('get weather.v2'), tool('x'.repeat(80))]).tools.map(({ name }) => name)).toEqual([
    'get_weather_v2',
    'x'.repeat(64),
  ])
  expect(error(() => registry([tool('a.b'), tool('a b')]))).toMatchObject({ code: 'tool-name-taken', exitCode: 3 })
})

it.each([
  ['zero-width', tool('a\u200bb')],
  ['bidi', tool('a', { description: 'safe \u202e evil' })],
  ['tags', tool('a', { description: 'safe \u{e0041}' })],
  ['escape', tool('a', { description: '\u001b[2J' })],
  ['schema', tool('a', { input_schema: { type: 'object', description: 'x\u2066y' } })],
])('S6 rejects hidden characters: %s', (_, hidden) => {
  expect(error(() => registry([hidden]))).toMatchObject({ code: 'hidden-characters', exitCode: 3 })
})

it('S6 leaves languages and emoji alone', () => {
  const description = 'Größe, 天気, טמפרטורה, ❤️ 👨‍👩‍👧 👍🏽\n\tnext line'
  expect(registry([tool('a', { description })]).tools[0]?.description).toBe(description)
})

it('keeps read_file and run_command off until they are turned on', () => {
  const shipped = [tool('read_file'), tool('run_command'), tool('get_time')]
  const names = (config: Partial<ToolsConfig>) => registry([], shipped, config).tools.map(({ name }) => name)
  expect(names({})).toEqual(['get_time'])
  expect(names({ root: '/data' })).toEqual(['read_file', 'get_time'])
  expect(names({ allow: ['run_command', 'read_file'] })).toEqual(['read_file', 'run_command', 'get_time'])
  expect(names({ builtins: false })).toEqual([])
  expect(error(() => registry([], shipped, { only: ['read_file'] })).hint).toContain('--root')
})

it('keeps the tools that --only names, and names the known ones for an unknown one', () => {
  const shipped = [tool('get_time'), tool('calculate')]
  expect(registry([], shipped, { only: ['calculate'] }).tools.map(({ name }) => name)).toEqual(['calculate'])
  expect(error(() => registry([], shipped, { only: ['nope'] }))).toMatchObject({
    exitCode: 3,
    hint: 'known: get_time, calculate',
  })
})

it('puts the flag over the config file over the tool over what the file says of all tools', () => {
  const sayings = [inFile('get_*', { timeout_ms: 700, effect: 'idempotent' }), inFile('get_b', { timeout_ms: 900 })]
  const named = [tool('get_a', { policy: { timeout_ms: 1, max_concurrency: 2 } }), tool('get_b'), tool('target_a')]
  const { find } = registry(named, [], { sayings })
  expect(find('get_a')).toMatchObject({ effect: 'idempotent', policy: { timeout_ms: 700, max_concurrency: 2 } })
  expect(find('get_b')?.policy.timeout_ms).toBe(900)
  expect(find('target_a')?.policy.timeout_ms).toBeUndefined()
  const flagged = [...sayings, byFlag('--tool-timeout', null, { timeout_ms: 5 })]
  expect(registry(named, [], { sayings: flagged }).find('get_a')?.policy.timeout_ms).toBe(5)
})

it.each([
  [{ own: 1, override: 2, general: 3, flag: 4 }, 4],
  [{ general: 3, flag: 4 }, 4],
  [{ own: 1, override: 2, general: 3 }, 2],
  [{ override: 2, general: 3 }, 2],
  [{ own: 1, general: 3 }, 1],
  [{ general: 3 }, 3],
  [{ own: 1 }, 1],
  [{}, undefined],
])('of the times %j a call has %s', ({ own, override, general, flag }: Times, expected) => {
  const policy = own === undefined ? {} : { timeout_ms: own }
  const sayings = [
    ...(override === undefined ? [] : [inFile('a', { timeout_ms: override })]),
    ...(flag === undefined ? [] : [byFlag('--tool-timeout', null, { timeout_ms: flag })]),
  ]
  const config = { sayings, defaultTimeoutMs: general ?? null }
  expect(registry([tool('a', { policy })], [], config).find('a')?.policy.timeout_ms).toBe(expected)
})

it.each([
  ['get_?', ['get_a', 'get_b']],
  ['?et_*', ['get_a', 'get_b', 'get_abc', 'set_a']],
  ['get_???', ['get_abc']],
  ['*', ['get_a', 'get_b', 'get_abc', 'set_a']],
  ['get.a', []],
])('the pattern %s means %j', (pattern, expected) => {
  const names = ['get_a', 'get_b', 'get_abc', 'set_a']
  const named = names.map((name) => tool(name))
  const { find } = registry(named, [], { sayings: [inFile(pattern, { timeout_ms: 7 })] })
  expect(names.filter((name) => find(name)?.policy.timeout_ms === 7)).toEqual(expected)
})

it('warns of a pattern that matches no tool, but not where that tool is off or left out', () => {
  const patterns = ['mine', 'get_t?me', 'read_file', 'calculate', 'typo_*']
  const sayings = patterns.map((pattern) => inFile(pattern, { timeout_ms: 7 }))
  const shipped = ['get_time', 'read_file', 'calculate'].map((name) => tool(name))
  const warning = (names: string) => `"typo_*" among the config file's tools matches no tool; known: ${names}`
  const runs: [config: Partial<ToolsConfig>, shipped: Tool[], known: string][] = [
    [{}, shipped, 'get_time, calculate, mine'],
    [{ only: ['mine'] }, shipped, 'get_time, calculate, mine'],
    [{ builtins: false }, [], 'mine'],
  ]
  for (const [config, given, known] of runs) {
    const notes: string[] = []
    registry([tool('mine')], given, { sayings, ...config }, notes)
    expect(notes).toEqual([warning(known)])
  }
})
