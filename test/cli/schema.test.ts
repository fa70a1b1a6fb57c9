/** `--schema`: the answer as JSON that fits, through the built command. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import { openGate, reply } from '../rig/reply.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'
import { askFaulty } from './faulty-model.ts'

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, temperature: { type: 'number', maximum: 60 } },
  required: ['city', 'temperature'],
}
const INLINE = JSON.stringify(SCHEMA)
const FITTING = '{"city": "Tokyo", "temperature": 22}'
const DATA = { city: 'Tokyo', temperature: 22 }

function ask(replies: Parameters<typeof askFaulty>[0], asking: Parameters<typeof askFaulty>[1] = {}) {
  return askFaulty(replies, { ...asking, args: ['--schema', INLINE, ...(asking.args ?? [])] })
}

async function offline(args: readonly string[], options: AgentOptions = {}): Promise<AgentResult> {
  const result = await runAgent(['ask', '--offline', ...args], options)
  await endToEnd(result)
  return result
}

describe('an answer that fits', () => {
  it('is the only thing on stdout, and was asked for as structured output', async () => {
    const { result, api } = await ask([reply.text(FITTING)])
    expect([result.code, result.stderr, JSON.parse(result.stdout)]).toEqual([0, '', DATA])
    expect(result.stdout).toBe('{\n  "city": "Tokyo",\n  "temperature": 22\n}\n')
    const schema = {
      ...{ type: 'object', required: ['city', 'temperature'], additionalProperties: false },
      properties: {
        city: { type: 'string' },
        temperature: { type: 'number', description: 'Must fit {"maximum":60}.' },
      },
    }
    expect(api.requests[0]?.body['output_config']).toEqual({ format: { type: 'json_schema', schema } })
  })

  it('may follow on calls, and every request asks for its form', async () => {
    const { result, api, looked } = await ask(
      [reply.text('Let me see.').toolUse('look', { place: 'Tokyo' }), reply.text(FITTING)],
      { args: ['--effort', 'low'] },
    )
    expect([result.code, JSON.parse(result.stdout), looked]).toEqual([0, DATA, [{ place: 'Tokyo' }]])
    for (const { body } of api.requests) {
      expect(body).toMatchObject({
        output_config: { effort: 'low', format: { type: 'json_schema' } },
        tools: [{}, {}, {}, {}],
      })
    }
  })

  it('is data in the transcript of --json, beside its text', async () => {
    const { result } = await ask([reply.text(FITTING)], { format: 'json' })
    expect(result.json()).toMatchObject({ status: 'completed', structured: DATA, answer: FITTING })
  })

  it('is in the last event of --jsonl', async () => {
    const { result } = await ask([reply.text(FITTING)], { format: 'jsonl' })
    expect(result.jsonLines().at(-1)).toMatchObject({ type: 'run_end', structured: DATA })
  })

  it('goes to the file of -o', async () => {
    const { result, dir } = await ask([reply.text(FITTING)], { args: ['-o', 'out.json'] })
    expect(result.stdout).toBe('')
    expect(JSON.parse(readFileSync(join(dir, 'work', 'out.json'), 'utf8'))).toEqual(DATA)
  })

  it.runIf(terminalAvailable)('is shown once at a terminal, whole, where prose would stream', async () => {
    const { env } = await server(reply.text('{"city":"Tokyo",').text('"temperature":22}'))
    const agent = startAgent(['ask', '--schema', INLINE, 'q'], { env, terminal: { redirect: '2> err' } })
    const { stdout, code } = await agent.ended
    expect([code, stdout.replaceAll('\r\n', '\n')]).toEqual([0, `${JSON.stringify(DATA, null, 2)}\n`])
  })
})

describe('an answer that does not fit', () => {
  it('is written anew once', async () => {
    const { result, api } = await ask([reply.text('22 degrees.'), reply.text(FITTING)])
    expect([result.code, result.stderr, JSON.parse(result.stdout)]).toEqual([0, '', DATA])
    expect(JSON.stringify(api.requests[1]?.body['messages'])).toContain('it does not fit the schema')
  })

  it('twice leaves stdout empty: exit 7 with the reasons and the text on stderr', async () => {
    const { result } = await ask([reply.text('22 degrees.'), reply.text('{"city":"Tokyo","temperature":99}')])
    expect([result.code, result.stdout]).toEqual([7, ''])
    expect(result.stderr.split('\n')).toEqual([
      'agent: warning: the answer, which is not printed: {"city":"Tokyo","temperature":99}',
      'agent: the answer does not fit the schema, twice: answer.temperature: 99 is greater than 60.',
      '',
    ])
  })

  it('twice is in the transcript, without data', async () => {
    const { result } = await ask([reply.text('one'), reply.text('two')], { format: 'json' })
    expect(result.json()).toMatchObject({
      ...{ status: 'incomplete', exit_code: 7, answer: 'two', structured: null, error: { code: 'answer_unfit' } },
      totals: { turns: 2 },
    })
  })

  it('M1 is any that was cut off, even where it fits', async () => {
    const { result } = await ask([reply.text(FITTING).stop('max_tokens')])
    expect([result.code, result.stdout]).toEqual([7, ''])
    expect(result.stderr).toContain('it was cut off at the token limit')
  })

  it('takes no turn beyond --max-turns', async () => {
    const { result, api } = await ask([reply.text('one')], { args: ['--max-turns', '1'] })
    expect([result.code, result.stdout, api.requests.length]).toEqual([7, '', 1])
    expect(result.stderr).toContain('and no turn is left: answer: is not one JSON document')
    expect(result.stderr).toContain('--max-turns')
  })
})

describe('a server without structured outputs', () => {
  it('that rejects the field is asked in words, at once and from then on', async () => {
    const { result, api } = await ask([
      reply.status(400, { message: 'output_config.format: Extra inputs are not permitted' }),
      reply.toolUse('look', { place: 'Tokyo' }),
      reply.text(FITTING),
    ])
    expect([result.code, result.stderr, JSON.parse(result.stdout)]).toEqual([0, '', DATA])
    expect(api.requests.map(({ body }) => body['output_config'] !== undefined)).toEqual([true, false, false])
    for (const { body } of api.requests.slice(1)) expect(body['system']).toContain(INLINE)
  })

  it('is asked once more for nothing but that, and the run has one attempt', async () => {
    const { result } = await ask([reply.status(400, { message: 'no' }), reply.text(FITTING)], { format: 'json' })
    expect(result.json()).toMatchObject({ structured: DATA, turns: [{ attempts: 1 }] })
  })

  it('is told of with -v', async () => {
    const { result } = await ask([reply.status(400, { message: 'what is that?' }), reply.text(FITTING)], {
      args: ['-v'],
    })
    expect(result.stderr).toMatch(/does not take the schema as a field, and is asked in words: .*what is that\?/)
  })

  it('is asked in words by --protocol text, and calls go on', async () => {
    const { result, api, looked } = await ask(
      [reply.text('{"tool": "look", "inputs": {"place": "Tokyo"}}'), reply.text(FITTING)],
      { args: ['--protocol', 'text'] },
    )
    expect([result.code, JSON.parse(result.stdout), looked]).toEqual([0, DATA, [{ place: 'Tokyo' }]])
    for (const { body } of api.requests) {
      expect(body).not.toHaveProperty('output_config')
      expect(body['system']).toContain(INLINE)
    }
  })

  it('corrects its answer under --protocol text too', async () => {
    const { result } = await ask([reply.text('It is 22.'), reply.text(`\`\`\`json\n${FITTING}\n\`\`\``)], {
      args: ['--protocol', 'text'],
    })
    expect([result.code, JSON.parse(result.stdout)]).toEqual([0, DATA])
  })

  it('is asked in words for what structured outputs cannot say', async () => {
    const { result, api } = await askFaulty([reply.text('[1,2]')], {
      args: ['--schema', '{"type":"array","items":{"type":"number"}}'],
    })
    expect([result.code, JSON.parse(result.stdout)]).toEqual([0, [1, 2]])
    expect(api.requests[0]?.body).not.toHaveProperty('output_config')
    expect(api.requests[0]?.body['system']).toContain('{"type":"array","items":{"type":"number"}}')
  })
})

describe('the value of --schema', () => {
  it.each(['answer.schema.json', '@answer.schema.json', './answer.schema.json'])('may be a file: %s', async (value) => {
    const dir = makeRunFolder()
    writeFileSync(
      join(dir, 'work', 'answer.schema.json'),
      `\uFEFF${JSON.stringify({ ...SCHEMA, $schema: 'x' }, null, 2)}`,
    )
    const result = await offline(['--schema', value, 'weather in Tokyo'], { dir })
    expect([result.code, result.stdout]).toEqual([7, ''])
    expect(result.stderr).toContain('answer.temperature: 72 is greater than 60')
  })

  it.each([
    ['no-such-file.json', '"no-such-file.json" does not exist'],
    ['.', '"." is a directory'],
    ['/dev/null', '"/dev/null" is a device'],
    ['{"type":', '{"type": is no JSON: '],
    ['[{"type":"object"}]', 'holds a list, and a JSON Schema is an object'],
    ['{"type":"objekt"}', 'is no JSON Schema that can be used: type: "objekt" is none of array, boolean'],
    ['{"$ref":"#/$defs/none"}', '$ref: "#/$defs/none" leads nowhere'],
    ['{"$ref":"https://example.com/schema.json"}', 'leads out of the schema, and nothing is fetched'],
    ['{"properties":{"a":{"pattern":"["}}}', 'properties.a.pattern: "[" is no regular expression'],
    ['{"allOf":[{"$ref":"#"}]}', 'cannot be followed'],
    ['', '"" is not a value'],
    ['--quiet', 'it looks like an option'],
  ])('C8 is refused in one line with a hint, before anything is asked: %s', async (value, said) => {
    const result = await offline(['--schema', value, 'weather in Tokyo'])
    expect([result.code, result.stdout]).toEqual([2, ''])
    expect(result.stderr).toMatch(/^agent: --schema: [^\n]*\nhint: [^\n]+\n$/)
    expect(result.stderr).toContain(said)
  })

  it.each([
    ['text', 'no JSON', 'is no JSON: '],
    ['[1]', 'a list', 'holds a list'],
    ['"x"', 'a string', 'holds a string'],
    ['null', 'null', 'holds null'],
  ])('C8 is refused where the file holds %s', async (content, _, said) => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work', 's.json'), content)
    const result = await offline(['--schema', 's.json', 'q'], { dir })
    expect([result.code, result.stdout]).toEqual([2, ''])
    expect(result.stderr).toContain(`agent: --schema: "s.json" ${said}`)
  })

  it('cannot ask for a "tool" under --protocol text, which would be a call', async () => {
    const schema = '{"type":"object","properties":{"tool":{"type":"string"}}}'
    const result = await runAgent(['ask', '--protocol', 'text', '--schema', schema, 'q'])
    expect([result.code, result.stdout]).toEqual([2, ''])
    expect(result.stderr).toContain('has a property "tool", which --protocol text reads as a tool call')
  })

  it('is in the request that --dry-run shows', async () => {
    const result = await runAgent(['ask', '--dry-run', '--schema', INLINE, 'q'])
    expect(JSON.parse(result.stdout)).toMatchObject({
      output_config: { format: { schema: { additionalProperties: false } } },
    })
    const text = await runAgent(['ask', '--dry-run', '--protocol', 'text', '--schema', INLINE, 'q'])
    expect(JSON.parse(text.stdout)).not.toHaveProperty('output_config')
    expect(JSON.parse(text.stdout)).toMatchObject({ system: expect.stringContaining(INLINE) })
  })
})

describe('the offline model', () => {
  const cities: JsonObject = {
    type: 'object',
    properties: {
      cities: {
        type: 'array',
        items: {
          type: 'object',
          properties: { location: { type: 'string' }, temperature: { type: 'number' } },
          required: ['location', 'temperature'],
        },
      },
    },
    required: ['cities'],
  }

  it('fills a schema from the results of its calls', async () => {
    const result = await offline(['--schema', JSON.stringify(cities), 'weather in SF, NYC, Tokyo'])
    expect([result.code, JSON.parse(result.stdout)]).toEqual([
      0,
      {
        cities: [
          { location: 'San Francisco', temperature: 68 },
          { location: 'New York', temperature: 45 },
          { location: 'Tokyo', temperature: 72 },
        ],
      },
    ])
  })

  it('says what it cannot fill: exit 7, and nothing on stdout', async () => {
    const schema = '{"type":"object","properties":{"humidity":{"type":"number"}},"required":["humidity"]}'
    const result = await offline(['--schema', schema, 'weather in SF'])
    expect([result.code, result.stdout]).toEqual([7, ''])
    expect(result.stderr).toContain('The tool results do not fill the schema: answer.humidity: nothing fills it.')
    expect(result.stderr).toContain('agent: no answer: the offline model cannot fill the schema from tool results')
  })

  it('prints nothing where it finds no tool', async () => {
    const result = await offline(['--schema', INLINE, 'how are you?'])
    expect([result.code, result.stdout]).toEqual([7, ''])
    expect(result.stderr).toContain('which is not printed: No tool matches the question.')
  })
})

describe('a run that goes on', () => {
  it('after it was killed has the same schema, also where its file is another one now', async () => {
    const { dir, tool } = withTool(toolSource('look', "return 'seen'"))
    const file = join(dir, 'work', 's.json')
    writeFileSync(file, INLINE)
    const gate = openGate()
    const { api, env } = await server(
      reply.toolUse('look', {}),
      reply.text('not yet').headersAfter(gate.opened),
      reply.text('no JSON'),
      reply.text(FITTING),
    )
    const args = ['ask', '--no-builtins', '-t', tool, '--schema', 's.json', '--base-url', api.url, 'q']
    const agent = startAgent(args, { dir, env })
    await api.request(1)
    agent.kill('SIGKILL')
    await agent.ended
    gate.open()
    writeFileSync(file, '{"type":"array"}')
    const resumed = await runAgent(['resume'], { dir, env })
    expect([resumed.code, resumed.stderr, JSON.parse(resumed.stdout)]).toEqual([0, '', DATA])
    expect(api.requests.map(({ body }) => body['output_config'])).toEqual(
      [1, 2, 3, 4].map(() => api.requests[0]?.body['output_config']),
    )
    await endToEnd(resumed)
    const again = await runAgent(['resume'], { dir, env })
    expect([again.code, again.stdout]).toEqual([0, resumed.stdout])
    const json = await runAgent(['resume', '--json'], { dir, env })
    expect(json.json()).toMatchObject({ structured: DATA, answer: FITTING })
    expect(api.requests).toHaveLength(4)
    expect(api.violations).toEqual([])
  })

  it('with --continue has a schema of its own, or none', async () => {
    const { api, env } = await server(reply.text(FITTING), reply.text('In words.'), reply.text('{"n":1}'))
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'tmp', 'n.json'), '{"type":"object","properties":{"n":{"const":1}}}')
    const first = await runAgent(['ask', '--schema', INLINE, 'q'], { dir, env })
    expect(first.code).toBe(0)
    const words = await runAgent(['ask', '--continue', 'last', 'and in words?'], { dir, env })
    expect([words.code, words.stdout]).toEqual([0, 'In words.\n'])
    const cwd = join(dir, 'tmp')
    const data = await runAgent(['ask', '--continue', 'last', '--schema', 'n.json', 'and n?'], { dir, env, cwd })
    expect([data.code, JSON.parse(data.stdout)]).toEqual([0, { n: 1 }])
    expect(api.requests.map(({ body }) => body['output_config'] !== undefined)).toEqual([true, false, true])
  })

  it('is told again from a cassette, and differs where the schema does', async () => {
    const { dir } = await ask([reply.text('one'), reply.text(FITTING)], { args: ['--record', 'run.cassette.json'] })
    const replay = (schema: string) =>
      runAgent(
        [
          'ask',
          '--no-builtins',
          '-t',
          join(dir, 'tools.mjs'),
          '--replay',
          'run.cassette.json',
          '--schema',
          schema,
          'the question',
        ],
        { dir },
      )
    const same = await replay(INLINE)
    expect([same.code, same.stderr, JSON.parse(same.stdout)]).toEqual([0, '', DATA])
    const other = await replay(INLINE.replace('60', '61'))
    expect([other.code, other.stdout]).toEqual([5, ''])
    expect(other.stderr).toContain('output_config.format.schema.properties.temperature.description')
  })
})
