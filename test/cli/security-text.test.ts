/** Text from model, tools and server that must not reach a terminal or a file as it came: secrets, and what steers. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openApiServer } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import { reply } from '../rig/reply.ts'
import type { AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'
import { expectOneLine, inParallel, resultsIn } from './faulty-model.ts'

const FORMATS = ['prose', '--json', '--jsonl'] as const

describe('S3 secrets', () => {
  const variables = {
    ANTHROPIC_AUTH_TOKEN: 'token-canary-5d1e8f20',
    SERVICE_PASSWORD: 'hunter-canary-2"\\4 ü',
    DATABASE_DSN: 'postgres://me:pass-canary@db/x',
  }
  const tokens = [
    `ghp_${'aB3'.repeat(12)}`,
    `sk-ant-api03-${'x9Y'.repeat(10)}`,
    `xoxb-${'12345'.repeat(3)}`,
    'AKIAIOSFODNN7EXAMPLE',
    `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIi'.repeat(3)}.${'c2ln'.repeat(4)}`,
    `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq'.repeat(4)}\n-----END PRIVATE KEY-----`,
  ]
  const known = [CANARY_KEY, ...Object.values(variables)]
  const secrets = [...known, ...known.map((value) => JSON.stringify(value).slice(1, -1)), ...tokens, 'MIIEvQIBADAN']
  const spoken = [...known, ...tokens].join(' and ')
  const flagsOf = (format: (typeof FORMATS)[number]) => (format === 'prose' ? [] : [format])

  async function audited(result: AgentResult, except: string[] = []): Promise<void> {
    await endToEnd(result, { secrets, except })
    expect(`${result.stdout}${result.stderr}`).toContain('[redacted]')
  }

  it('in what the model says, however it is split', async () => {
    await inParallel(FORMATS, async (format) => {
      const pieces = [...`The keys are ${spoken}.`]
      const { env } = await server(reply.text('', { pieces }))
      const result = await runAgent(['ask', ...flagsOf(format), 'q'], { env: { ...env, ...variables } })
      await audited(result)
      expect(result.code).toBe(0)
      const seen = `The keys are ${Array.from([...known, ...tokens], () => '[redacted]').join(' and ')}.`
      if (format === 'prose') expect(result.stdout).toContain(seen)
      if (format === '--json') expect(result.json().answer).toContain(seen)
      if (format === '--jsonl') {
        const deltas = result.jsonLines().map((event) => (event.type === 'text_delta' ? event.text : ''))
        expect(deltas.join('')).toContain(seen)
      }
    })
  })

  it('in what tools get, return, throw and print', async () => {
    await inParallel(FORMATS, async (format) => {
      const quoted = JSON.stringify(spoken)
      const { dir, tool } = withTool(`const spoken = ${quoted}
const common = { description: 'For tests.', input_schema: { type: 'object' }, effect: 'read' }
export const returns = { name: 'returns', ...common, execute: async () => ({ [spoken]: [spoken] }) }
export const throws = { name: 'throws', ...common, execute: async () => { throw new Error(spoken) } }
export const prints = { name: 'prints', ...common, async execute() {
  for (const character of spoken) process.stdout.write(character)
  console.error(spoken)
  return 'printed'
} }
`)
      const input = { text: spoken, [spoken]: 1 }
      const calls = reply.toolUse('returns', input).toolUse('throws', {}).toolUse('prints', {}).toolUse(CANARY_KEY, {})
      const { env, api } = await server(calls, reply.text('[redacted] stays.'))
      const result = await runAgent(['ask', ...flagsOf(format), '-t', tool, 'q'], {
        dir,
        env: { ...env, ...variables },
      })
      await audited(result, [tool])
      expect([result.code, api.violations]).toEqual([0, []])
      // The model works with what the tool said; only what is shown and kept is redacted.
      expect(resultsIn(api, 1)[1]).toMatchObject({ content: expect.stringContaining(tokens[0] ?? '') })
    })
  })

  it('in what the server says when it refuses, breaks off or redirects', async () => {
    const echoing = [
      reply.status(401, { message: `invalid key ${spoken}` }),
      reply.status(400, { message: `bad ${spoken}`, headers: { 'request-id': CANARY_KEY } }),
      reply.http(404, { body: `<html><title>${spoken}</title>`, headers: { 'content-type': 'text/html' } }),
      reply.http(200, { body: spoken, headers: { 'content-type': 'text/plain' } }),
      reply.redirect(`http://127.0.0.1:9/?key=${CANARY_KEY}`),
      reply.text('So far').errorEvent('invalid_request_error', spoken),
      reply.text('So far').errorEvent(CANARY_KEY, 'code'),
      reply.raw(`data: {"type": ${spoken}\n\n`),
    ]
    await inParallel(
      echoing.flatMap((scripted, index) =>
        FORMATS.filter((_, at) => at === index % 3 || at === 1).map((format) => ({ scripted, format })),
      ),
      async ({ scripted, format }) => {
        const { env } = await server(scripted)
        const result = await runAgent(['ask', ...flagsOf(format), 'q'], { env: { ...env, ...variables } })
        expect(result.code).toBeGreaterThan(0)
        await endToEnd(result, { secrets })
        expectOneLine(result, /\[(redacted|key)\]/)
      },
    )
  })

  it('that are cut, by whom we shorten for', async () => {
    const key = 'token-canary-5d1e8f20a7b3c4d9'
    const shown = key.slice(0, -8)
    const cut = (room: number) => `${'x'.repeat(room - key.length + 1)} ${key} and on and on`
    const cutting = [
      reply.status(401, { message: cut(298) }),
      reply.http(404, { body: cut(296) }),
      reply.redirect(`http://127.0.0.1:9/${cut(280).replaceAll(' ', '/')}`),
      reply.raw(`data: ${cut(78)}\n\n`),
      reply.text('So far').errorEvent('invalid_request_error', cut(1000)),
    ]
    await inParallel(cutting, async (scripted) => {
      const { env } = await server(scripted)
      const result = await runAgent(['ask', '--json', 'q'], { env: { ...env, ANTHROPIC_AUTH_TOKEN: key } })
      expect(result.code).toBeGreaterThan(0)
      await endToEnd(result, { secrets: [shown] })
    })
  })

  it('in the question, the files that go along and the first request', async () => {
    const { env } = await server(reply.text('Done.'), reply.text('Done.'), reply.text('Done.'))
    const dir = makeRunFolder()
    const file = join(dir, 'work/keys.txt')
    writeFileSync(file, spoken)
    await inParallel([['--json'], ['--jsonl'], ['--dry-run']], async (flags) => {
      const args = ['ask', ...flags, '--file', 'keys.txt', '--system', `Know ${CANARY_KEY}`, `what is ${spoken}?`]
      const result = await runAgent(args, { dir, env: { ...env, ...variables } })
      expect(result.code).toBe(0)
      await audited(result, [file])
    })
  })

  it('in what is wrong before the run', async () => {
    const dir = makeRunFolder()
    const tool = join(dir, 'work/broken.mjs')
    const config = join(dir, 'work/bad.json')
    writeFileSync(tool, `throw new Error(${JSON.stringify(spoken)})`)
    writeFileSync(config, JSON.stringify({ effort: CANARY_KEY }))
    const wrong = [
      ['-t', tool],
      ['--config', config],
      ['--effort', CANARY_KEY],
      [`--${CANARY_KEY}`],
      ['--only', CANARY_KEY],
      ['--timeout', CANARY_KEY],
      ['-t', CANARY_KEY],
    ]
    await inParallel(wrong, async (flags) => {
      const result = await runAgent(['ask', '--json', ...flags, 'q'], { dir, env: variables })
      expect([2, 3]).toContain(result.code)
      await audited(result, [tool, config])
    })
    await audited(await runAgent([CANARY_KEY]))
  })
})

describe.skipIf(!terminalAvailable)('at a terminal, where text is shown as it comes and calls move', () => {
  const secret = 'hunter-canary-2468'
  // Sequences and signs that nothing of ours writes; colours and cursor moves are ours.
  const evil = 'clean\u001b]0;title\u0007\u001b[2J\u001bPx\u001b\\\u009b31m\u202e\u200b\u2066end'
  const UNSEEN = /\u001b[\]P]|\u001b\[2J|[\u0080-\u009f\u202e\u200b\u2066]/

  it('S3 S5 neither secrets nor what steers is on the screen, in any frame', async () => {
    const said = `${evil} ${secret}`
    const calls = reply
      .text('', { pieces: [...said] })
      .toolUse('say', { text: said })
      .toolUse(evil, {})
      .toolUse(secret, {})
    // Not the API, which knows no such names of tools.
    const replies = [calls, reply.text('', { pieces: [...said, ' over'] })]
    await using api = await openApiServer({ replies, validate: false })
    const { dir, tool } = withTool(toolSource('say', 'console.log(input.text); throw new Error(input.text)'))
    const options = { dir, terminal: {}, env: { ANTHROPIC_BASE_URL: api.url, SERVICE_TOKEN: secret } }
    const result = await runAgent(['ask', '-v', '-t', tool, 'q'], options)
    expect(result.stdout).toContain('[redacted] over')
    expect(result.stdout).not.toMatch(UNSEEN)
    await endToEnd(result, { secrets: [secret] })
  })
})

describe('S5 text that steers', () => {
  const steering = [
    '\u001b[2J\u001b[31m',
    '\u001b]0;title\u0007',
    '\u001b]8;;http://evil.example\u001b\\',
    '\u001bPpayload\u001b\\',
    '\u009b31m',
    '\u202e\u2066\u2069\u200e',
    '\u200b\u2060\ufeff',
    '\u0000\u0007\u0008\u007f\u0085',
    '\u{e0041}',
    '\u2028',
  ].join('x')
  const evil = `clean${steering}end`
  const UNSEEN =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\u200b\u200e\u2028\u202e\u2060\u2066\u2069\ufeff]|\u{e0041}/u

  it('is stripped from the answer', async () => {
    for (const pieces of [[evil], [...evil]]) {
      const { env } = await server(reply.text('', { pieces: ['Hello ', ...pieces, ' world'] }))
      const result = await runAgent(['ask', 'q'], { env })
      expect(result.stdout).not.toMatch(UNSEEN)
      expect(result.stdout).toMatch(/^Hello clean[x\n]+end world\n$/)
      expect([result.stderr, result.code]).toEqual(['', 0])
      await endToEnd(result)
    }
  })

  it.each(['--json', '--jsonl'])('is escaped in %s, and data once parsed', async (flag) => {
    const { env } = await server(reply.text(evil).toolUse('say', { text: evil }), reply.text(evil))
    const { dir, tool } = withTool(toolSource('say', 'console.log(input.text); return input.text'))
    const result = await runAgent(['ask', flag, '-t', tool, `the ${evil.replace('\0', '')}`], { dir, env })
    expect(result.stdout).not.toMatch(UNSEEN)
    expect(result.stderr).not.toMatch(UNSEEN)
    if (flag === '--json') {
      const { answer, turns } = result.json()
      expect([answer, turns[0]?.text]).toEqual([evil, evil])
      expect(turns[0]?.tool_calls[0]).toMatchObject({ input: { text: evil }, output: evil })
    } else expect(result.jsonLines().at(-1)).toMatchObject({ answer: evil })
    await endToEnd(result)
  })

  it('is stripped from what tools print and throw, whatever its pieces', async () => {
    const print = 'for (const character of input.text) process.stderr.write(character)'
    const { env } = await server(reply.toolUse('say', { text: `${evil}\n` }), reply.text('Done.'))
    const { dir, tool } = withTool(toolSource('say', `${print}\nthrow new Error(input.text)`))
    const result = await runAgent(['ask', '-v', '-t', tool, 'q'], { dir, env })
    expect([result.stdout, result.code]).toEqual(['Done.\n', 0])
    expect(result.stderr).toMatch(/clean[x\n]+end/)
    expect(result.stderr).not.toMatch(UNSEEN)
    await endToEnd(result)
  })

  it('is stripped from what the server says', async () => {
    const saying = [
      reply.status(400, { message: evil, type: evil }),
      reply.http(404, { body: `<title>${evil}</title>` }),
      reply.http(200, { body: evil, headers: { 'content-type': 'text/plain' } }),
      reply.text('So far').errorEvent(evil, evil),
      reply.raw(`data: ${evil}\n\n`),
      reply.text('Words.').stop(evil),
    ]
    await inParallel(saying, async (scripted) => {
      const { env } = await server(scripted)
      const result = await runAgent(['ask', 'q'], { env })
      expect(result.code).toBeGreaterThan(0)
      expect(result.stderr).toMatch(/clean/)
      expect(`${result.stdout}${result.stderr}`).not.toMatch(UNSEEN)
      await endToEnd(result)
    })
  })

  it('is stripped from names of tools, files and flags that are wrong', async () => {
    const words = evil.replaceAll('\0', '')
    const wrong = [
      ['ask', '-t', words, 'q'],
      ['ask', '--config', words, 'q'],
      ['ask', '--effort', words, 'q'],
      ['ask', '--file', words, 'q'],
      ['ask', `--${words}`, 'q'],
      [words],
    ]
    await inParallel(wrong, async (args) => {
      const result = await runAgent(args)
      expect([2, 3]).toContain(result.code)
      expect(result.stderr).toMatch(/clean/)
      expect(result.stderr).not.toMatch(UNSEEN)
      await endToEnd(result)
    })
  })
})
