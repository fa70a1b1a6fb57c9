import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readConfigFile } from '../src/config-file.ts'
import { JsonSyntaxFault, locateJson } from '../src/contract/json-lines.ts'
import { folder } from './config-rig.ts'

async function read(text: string): Promise<unknown> {
  return readConfigFile(join(folder({ 'agent.json': text }), 'agent.json'))
}

async function mistake(text: string): Promise<string> {
  const error = await read(text).then(
    () => new Error('was accepted'),
    (thrown: Error) => thrown,
  )
  expect(error).toMatchObject({ exitCode: 3 })
  return error.message.replace(/^.*agent\.json:/, 'agent.json:')
}

describe('the config file', () => {
  it('may be empty, and may begin with a byte order mark', async () => {
    expect(await read('{}')).toEqual({})
    expect(await read('\uFEFF{ "timeout": "1.5s" }')).toEqual({ timeout: 1500 })
  })

  it.each([
    ['{\n  "model": "x",\n  "max_tokenz": 3\n}', 'agent.json:3: "max_tokenz" is no key of the config file'],
    ['{\n  "tools": {\n    "a": {\n      "timeout": 3\n    }\n  }\n}', 'agent.json:4: "tools.a.timeout" is no key'],
    ['{\n  "max_turns":\n    0\n}', 'agent.json:2: "max_turns": 0 is too small: at least 1'],
    ['{ "max_turns": 2.5 }', 'agent.json:1: "max_turns": 2.5 is not a whole number'],
    ['{ "timeout": "5" }', 'agent.json:1: "timeout": "5" is not a duration such as'],
    ['{\n"timeout": 5 }', 'agent.json:2: "timeout": 5 is not a duration: write it with a unit, "5ms" or "5s"'],
    ['{ "tool_timeout": null }', 'agent.json:1: "tool_timeout": null is not a duration such as "500ms"'],
    ['{ "token": "x" }', 'agent.json:1: "token" is no key of the config file'],
    ['{ "effort": "huge" }', 'agent.json:1: "effort": "huge" is not one of "low", "medium"'],
    ['{ "tool_paths": [\n"a",\n7] }', 'agent.json:3: "tool_paths.1": 7 is not a string'],
    ['{ "tools": { "a": 3 } }', 'agent.json:1: "tools.a": 3 is not an object'],
    ['{ "tools": {\n"a": {\n"timeout_ms": 0 } } }', 'agent.json:3: "tools.a.timeout_ms": 0 is too small: at least 1'],
    [
      '{ "tools": { "a": { "retry": {\n"max_attempts": 1.5 } } } }',
      '2: "tools.a.retry.max_attempts": 1.5 is not a whole',
    ],
    [
      '{ "tools": { "a": { "retry": {\n"tries": 3 } } } }',
      'agent.json:2: "tools.a.retry.tries" is no key of the config',
    ],
    ['{ "tools": { "a": { "rate_limit": {\n"limit": 5 } } } }', '"tools.a.rate_limit.per_ms": is missing'],
    ['{ "tools": { "a": { "breaker": 3 } } }', '"tools.a.breaker": 3 is neither false nor { failures, open_ms }'],
    ['{ "tools": { "a": { "effect": "safe" } } }', '"tools.a.effect": "safe" is not one of "read", "idempotent"'],
    [
      '{ "tools": { "a": {\n"exclusive": 3 } } }',
      'agent.json:2: "tools.a.exclusive": 3 is neither true nor false nor a',
    ],
    ['{ "slots": { "mcp": 0 } }', 'agent.json:1: "slots.mcp": 0 is too small: at least 1'],
    ['{ "slots": {\n"thread": 1 } }', 'agent.json:2: "slots.thread" is no key of the config file'],
    ['{ "on_error": "stop" }', '"on_error": "stop" is not one of "collect", "no-new", "fail-fast"'],
    ['{ "early_results": 2 }', '"early_results": 2 is not a duration: write it with a unit, "2ms" or "2s"'],
    ['{ "max_cost": 0 }', '"max_cost": 0 is too small: at least 0.0001'],
    ['{ "max_total_tokens": 0.5 }', '"max_total_tokens": 0.5 is not a whole number'],
    ['{ "tools": { "a b": {} } }', 'agent.json:1: "tools.a b"'],
    ['[]', 'agent.json:1: [] is not an object'],
    ['{\n  "model": "a",\n  "model": "b"\n}', 'agent.json:3: "model" stands twice'],
    ['{\n  "model": "a",\n}', 'agent.json:3: no JSON: expected a key in double quotes, found "}"'],
    ['{\n  // note\n}', 'agent.json:2: no JSON: expected a key in double quotes, found "/"'],
    ['', 'agent.json:1: no JSON: expected a value, found the end of the file'],
    ['{ "__proto__": {} }', 'agent.json:1: "__proto__" is no key'],
  ])('C8 says where the mistake in %j is', async (text, message) => {
    expect(await mistake(text)).toContain(message)
  })

  it.each(['api_key', 'apiKey', 'ANTHROPIC_API_KEY', 'auth_token'])(
    'refuses a key under %s without quoting it',
    async (name) => {
      const message = await mistake(`{\n "${name}": "sk-ant-canary" }`)
      expect(message).toBe(`agent.json:2: "${name}": the key is not accepted in a config file`)
    },
  )
})

describe('the finder of lines', () => {
  it('accepts exactly what JSON.parse accepts', () => {
    const nearJson = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', '0', 'e', ' ', '\n', '-'))
      .map(([text, at, extra]) => text.slice(0, at % (text.length + 1)) + extra + text.slice(at % (text.length + 1)))
    fc.assert(
      fc.property(fc.oneof(fc.json(), nearJson, fc.string()), (text) => {
        expect(isLocated(text)).toBe(isParsed(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('finds the line of every value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(5), (value, before) => {
        const text = '\n'.repeat(before) + JSON.stringify({ a: [value, 1] }, null, 1)
        const lines = locateJson(text)
        expect(lines.lineOf(['a'])).toBe(before + 2)
        expect(lines.lineOf(['a', 1])).toBe(text.split('\n').length - 2)
        expect(lines.lineOf(['b'])).toBe(before + 1)
      }),
    )
  })
})

function isLocated(text: string): boolean {
  try {
    locateJson(text)
    return true
  } catch (error) {
    if (error instanceof JsonSyntaxFault) return false
    throw error
  }
}

function isParsed(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
