/** The spans of runs of the built command, as a collector gets them, and what the tools are told of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refusedUrl } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { OtlpReceiver } from '../rig/otlp-receiver.ts'
import { openOtlpReceiver } from '../rig/otlp-receiver.ts'
import { reply } from '../rig/reply.ts'
import type { AgentOptions } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { openHttpServer } from '../sources/mcp-http.ts'
import { node } from '../sources/mcp-rig.ts'
import { server, toolSource, withTool } from './asking.ts'
import { shell, withManifests } from './command-rig.ts'

const TRACE = join(import.meta.dirname, 'tools', 'trace-mcp.mjs')
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

type Asked = { receiver: OtlpReceiver; args?: string[]; env?: Record<string, string>; dir?: string }

/** One turn with these calls, and the answer. */
async function ask(calls: [tool: string, input: object][], { receiver, args = [], env, dir }: Asked) {
  const first = calls.reduce((message, [tool, input]) => message.toolUse(tool, { ...input }), reply.text('Let me see.'))
  const { api, env: address } = await server(
    first.usage({ input_tokens: 11, output_tokens: 7 }),
    reply.text('Forty-two.'),
  )
  const options: AgentOptions = { env: { ...address, ...env }, ...(dir !== undefined && { dir }) }
  const result = await runAgent(['ask', '--json', '--otel', receiver.url, ...args, 'the question'], options)
  expect(api.violations).toEqual([])
  return { result, api, transcript: result.json() }
}

const tree = ({ spans }: OtlpReceiver) =>
  spans
    .map(({ name, parentSpanId }) => `${spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? '-'} > ${name}`)
    .sort()

describe('the spans of a run', () => {
  it('are one for the run, and below it the requests to the model and the tool calls', async () => {
    await using receiver = await openOtlpReceiver()
    const { result, transcript } = await ask([['calculate', { expression: '6*7' }]], { receiver })
    await endToEnd(result)
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'content-type': 'application/json' } })
    expect(tree(receiver)).toEqual([
      '- > invoke_agent agent',
      'invoke_agent agent > anthropic.messages.create',
      'invoke_agent agent > anthropic.messages.create',
      'invoke_agent agent > execute_tool calculate',
    ])
    const run = receiver.span('invoke_agent agent')
    const call = receiver.span('execute_tool calculate')
    const requests = receiver.spans.filter(({ name }) => name === 'anthropic.messages.create')
    const conversation = { 'gen_ai.conversation.id': transcript.run_id, 'gen_ai.provider.name': 'anthropic' }
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(run).toMatchObject({
      kind: 'internal',
      status: 'unset',
      resource: { 'service.name': 'agent-ask', 'telemetry.sdk.language': 'nodejs' },
      attributes: {
        ...conversation,
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'agent',
        'gen_ai.request.model': transcript.model,
        'gen_ai.response.model': transcript.model,
        'gen_ai.response.finish_reasons': ['end_turn'],
        'gen_ai.usage.output_tokens': transcript.usage.output_tokens,
        'gen_ai.usage.input_tokens': transcript.usage.input_tokens,
        'agent_ask.run.status': 'completed',
      },
    })
    expect(call).toMatchObject({
      kind: 'internal',
      status: 'unset',
      attributes: {
        ...conversation,
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'calculate',
        'gen_ai.tool.type': 'function',
        'gen_ai.tool.call.id': transcript.turns[0]?.tool_calls[0]?.id,
        'agent_ask.tool.outcome': 'ok',
        'agent_ask.tool.source': 'builtin',
      },
      events: [{ name: 'agent_ask.tool.attempt' }, { name: 'agent_ask.tool.attempt_end' }],
    })
    expect(requests.map(({ kind, status, scope, attributes }) => ({ kind, status, scope, attributes }))).toMatchObject([
      {
        kind: 'client',
        status: 'ok',
        scope: 'com.anthropic.sdk.typescript',
        attributes: {
          ...conversation,
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': transcript.model,
          'gen_ai.response.finish_reasons': ['tool_use'],
          'gen_ai.usage.input_tokens': 11,
          'gen_ai.usage.output_tokens': 7,
          'http.response.status_code': 200,
          'server.address': '127.0.0.1',
          'http.route': '/v1/messages',
        },
      },
      { status: 'ok', attributes: { 'gen_ai.response.finish_reasons': ['end_turn'] } },
    ])
    const [first] = requests
    expect(first?.attributes['gen_ai.response.time_to_first_chunk']).toBeTypeOf('number')
  })

  it('have the times of the events', async () => {
    await using receiver = await openOtlpReceiver()
    const { transcript } = await ask([['calculate', { expression: '6*7' }]], { receiver })
    const began = Date.parse(transcript.started_at ?? '')
    const timing = transcript.turns[0]?.tool_calls[0]?.timing
    const run = receiver.span('invoke_agent agent')
    const call = receiver.span('execute_tool calculate')
    expect(run.startMs).toBe(began)
    // A transcript has tenths of a ms; a double that counts ms since 1970 is off by another 0.0002.
    const offBy = (ms: number, told: number | null | undefined) => Math.abs(ms - began - (told ?? 0))
    expect(offBy(run.endMs, transcript.duration_ms)).toBeLessThan(0.051)
    expect(offBy(call.startMs, timing?.started_ms)).toBeLessThan(0.051)
    expect(offBy(call.endMs, timing?.ended_ms)).toBeLessThan(0.051)
    for (const span of receiver.spans) expect(span.endMs).toBeGreaterThanOrEqual(span.startMs)
  })

  it('tell of attempts, and of failures by their words', async () => {
    await using receiver = await openOtlpReceiver()
    const { dir, tool } = withTool(
      toolSource(
        'flaky',
        "if (context.attempt === 1) throw Object.assign(new Error('no luck'), { code: 'E_LUCK' }); return 1",
      ),
    )
    const args = ['-t', tool, '--tool-retries', 'flaky=1']
    const calls: [string, object][] = [
      ['flaky', {}],
      ['calculate', { expression: '1/0+' }],
      ['nothing', {}],
    ]
    const { transcript } = await ask(calls, { receiver, dir, args })
    const statuses = transcript.turns[0]?.tool_calls.map(({ tool: name, status }) => [name, status])
    const flaky = receiver.span('execute_tool flaky')
    expect(flaky).toMatchObject({ status: 'unset', attributes: { 'agent_ask.tool.outcome': 'ok' } })
    expect(
      flaky.events.map(({ name, attributes }) => [name, attributes['agent_ask.attempt'], attributes['error.type']]),
    ).toEqual([
      ['agent_ask.tool.attempt', 1, undefined],
      ['agent_ask.tool.attempt_end', 1, 'E_LUCK'],
      ['agent_ask.tool.attempt', 2, undefined],
      ['agent_ask.tool.attempt_end', 2, undefined],
    ])
    expect(flaky.events[1]?.attributes['agent_ask.backoff_ms']).toBeTypeOf('number')
    expect(receiver.span('execute_tool nothing')).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'unknown_tool', 'agent_ask.tool.outcome': 'unknown_tool' },
    })
    expect(statuses?.[1]).toEqual([
      'calculate',
      receiver.span('execute_tool calculate').attributes['agent_ask.tool.outcome'],
    ])
    expect(receiver.span('execute_tool calculate').status).toBe('error')
  })

  it('tell of a message that had to be asked for again', async () => {
    await using receiver = await openOtlpReceiver()
    const { env } = await server(reply.status(529), reply.text('Half of').cut(), reply.text('All.'))
    const result = await runAgent(['ask', '--otel', receiver.url, 'q'], { env })
    expect(result).toMatchObject({ code: 0, stdout: 'All.\n' })
    const requests = receiver.spans.filter(({ name }) => name === 'anthropic.messages.create')
    expect(requests.map(({ status, attributes }) => [status, attributes['error.type']])).toEqual([
      ['error', 'overloaded_error'],
      ['error', 'stream_cut'],
      ['ok', undefined],
    ])
    expect(receiver.span('invoke_agent agent').events.map(({ name }) => name)).toEqual([
      'agent_ask.model.retry',
      'agent_ask.model.retry',
    ])
  })

  it('are no reason for the client to print', async () => {
    await using receiver = await openOtlpReceiver()
    const { env } = await server()
    // Of this one the client would say that it is old.
    const result = await runAgent(['ask', '--otel', receiver.url, '-m', 'claude-2.1', 'q'], { env })
    expect(result).toMatchObject({ code: 0, stdout: 'The answer.\n', stderr: '' })
    expect(receiver.span('anthropic.messages.create').attributes['gen_ai.request.model']).toBe('claude-2.1')
  })

  it('end with what ended the run', async () => {
    await using receiver = await openOtlpReceiver()
    const { env } = await server(reply.status(400, { message: 'no' }))
    const result = await runAgent(['ask', '--json', '--otel', receiver.url, 'q'], { env })
    expect(result.code).toBe(5)
    const run = receiver.span('invoke_agent agent')
    expect(run).toMatchObject({
      status: 'error',
      attributes: {
        'error.type': result.json().error?.code,
        'agent_ask.run.exit_code': 5,
        'agent_ask.run.status': 'failed',
      },
    })
  })

  it('are sent of a run that was interrupted, calls included', async () => {
    await using receiver = await openOtlpReceiver()
    const { dir, tool } = withTool(toolSource('slow', 'await new Promise(() => {})'))
    const { env } = await server(reply.toolUse('slow', {}))
    const run = startAgent(['ask', '--jsonl', '--otel', receiver.url, '-t', tool, 'q'], { env, dir })
    await run.stdout.until('"type":"call_start"')
    run.kill('SIGINT')
    const result = await run.ended
    await endToEnd(result)
    expect(result.code).toBe(130)
    const call = receiver.span('execute_tool slow')
    expect(call).toMatchObject({ status: 'error', attributes: { 'error.type': 'canceled' } })
    expect(receiver.span('invoke_agent agent').attributes).toMatchObject({ 'agent_ask.run.status': 'interrupted' })
  })

  it('of a run that goes on are those of what it did then', async () => {
    await using receiver = await openOtlpReceiver()
    const { dir, tool } = withTool(
      toolSource('slow', "if (context.attempt > 1) return 'again'; await new Promise(() => {})"),
    )
    const calls = [reply.toolUse('calculate', { expression: '1+1' }), reply.toolUse('slow', {})]
    const { env } = await server(...calls, reply.text('Done.'))
    const first = startAgent(['ask', '--jsonl', '--otel', receiver.url, '-t', tool, 'q'], { env, dir })
    await first.stdout.until(/"type":"call_start"[^\n]*"turn":2/)
    await first.stdout.until(/"type":"message_end"[^\n]*"turn":2/)
    first.kill('SIGKILL')
    await first.ended
    const sent = receiver.spans.length
    const second = await runAgent(['resume', '--json', '--otel', receiver.url], { env, dir })
    expect(second.code, second.stderr).toBe(0)
    const spans = receiver.spans.slice(sent)
    expect(spans.map(({ name }) => name).sort()).toEqual([
      'anthropic.messages.create',
      'execute_tool slow',
      'invoke_agent agent',
    ])
    expect(spans.find(({ name }) => name === 'invoke_agent agent')).toMatchObject({
      attributes: { 'gen_ai.conversation.id': second.json().run_id },
      events: [{ name: 'agent_ask.run.resume' }],
    })
  })
})

describe('content', () => {
  const secret = 'Zq8-secret-of-a-tool'
  const source = toolSource('tell', 'return { said: input.word, key: process.env.TOOL_TOKEN }')

  it('is in no span unless it is asked for', async () => {
    await using receiver = await openOtlpReceiver()
    const { dir, tool } = withTool(source)
    await ask([['tell', { word: 'xyzzy' }]], { receiver, dir, args: ['-t', tool], env: { TOOL_TOKEN: secret } })
    const sent = receiver.requests.map(({ text }) => text).join('')
    for (const part of ['xyzzy', 'the question', 'Forty-two', 'Let me see', secret]) expect(sent).not.toContain(part)
  })

  it('is in the spans with --otel-content, without secrets', async () => {
    await using receiver = await openOtlpReceiver()
    const { dir, tool } = withTool(source)
    const args = ['-t', tool, '--otel-content']
    const calls: [string, object][] = [['tell', { word: `xyzzy ${CANARY_KEY}` }]]
    await ask(calls, { receiver, dir, args, env: { TOOL_TOKEN: secret } })
    const call = receiver.span('execute_tool tell').attributes
    const run = receiver.span('invoke_agent agent').attributes
    const requests = receiver.spans.filter(({ name }) => name === 'anthropic.messages.create')
    expect(call['gen_ai.tool.call.arguments']).toBe('{"word":"xyzzy [redacted]"}')
    expect(call['gen_ai.tool.call.result']).toBe('{"said":"xyzzy [redacted]","key":"[redacted]"}')
    expect(JSON.parse(String(run['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'the question' }] },
    ])
    expect(JSON.parse(String(run['gen_ai.output.messages']))[0].parts).toEqual([
      { type: 'text', content: 'Forty-two.' },
    ])
    expect(requests[1]?.attributes['gen_ai.input.messages']).toContain('the question')
    expect(JSON.parse(String(requests[0]?.attributes['gen_ai.output.messages']))).toMatchObject([
      {
        parts: [
          { type: 'text', content: 'Let me see.' },
          { type: 'tool_call', name: 'tell' },
        ],
        finish_reason: 'tool_use',
      },
    ])
    const sent = receiver.requests.map(({ text }) => text).join('')
    for (const part of [secret, CANARY_KEY]) expect(sent).not.toContain(part)
  })
})

describe('the trace', () => {
  it('goes on from TRACEPARENT, and its state with it', async () => {
    await using receiver = await openOtlpReceiver()
    await ask([], { receiver, env: { TRACEPARENT: PARENT, TRACESTATE: 'vendor=1' } })
    expect(receiver.span('invoke_agent agent')).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      traceState: 'vendor=1',
    })
  })

  it('begins anew where TRACEPARENT is none', async () => {
    await using receiver = await openOtlpReceiver()
    await ask([], { receiver, env: { TRACEPARENT: '00-00000000000000000000000000000000-b7ad6b7169203331-01' } })
    expect(receiver.span('invoke_agent agent').parentSpanId).toBeNull()
  })

  it('is not recorded where its parent is not, and handed on as such', async () => {
    await using receiver = await openOtlpReceiver()
    const dir = withManifests(shell('show', 'printf %s "$TRACEPARENT"'))
    const env = { TRACEPARENT: PARENT.replace(/01$/, '00') }
    const { transcript } = await ask([['show', {}]], { receiver, dir, env, args: ['-t', 'tools.tool.json'] })
    expect(receiver.requests).toEqual([])
    expect(transcript.turns[0]?.tool_calls[0]?.output).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/)
  })

  it('is handed to a command: the span of its call is the parent', async () => {
    await using receiver = await openOtlpReceiver()
    const dir = withManifests(
      shell('show', 'printf "%s %s" "$TRACEPARENT" "$TRACESTATE"'),
      shell('bare', 'printf %s "$TRACEPARENT"', { env: ['LANG'] }),
    )
    const env = { TRACEPARENT: PARENT, TRACESTATE: 'vendor=1' }
    const calls: [string, object][] = [
      ['show', {}],
      ['bare', {}],
    ]
    const { transcript } = await ask(calls, { receiver, dir, env, args: ['-t', 'tools.tool.json'] })
    const outputs = transcript.turns[0]?.tool_calls.map(({ output }) => output)
    const idOf = (name: string) => receiver.span(`execute_tool ${name}`).spanId
    const { traceId } = receiver.span('invoke_agent agent')
    expect(outputs).toEqual([`00-${traceId}-${idOf('show')}-01 vendor=1`, `00-${traceId}-${idOf('bare')}-01`])
  })

  it('is handed to a stdio server at its start, and in each call', async () => {
    await using receiver = await openOtlpReceiver()
    const args = ['--mcp', node(TRACE)]
    const { transcript } = await ask([['mcp__trace-mcp__told', {}]], { receiver, args, env: { TRACEPARENT: PARENT } })
    const [call] = transcript.turns[0]?.tool_calls ?? []
    const told = typeof call?.output === 'string' ? JSON.parse(call.output) : call?.output
    const run = receiver.span('invoke_agent agent')
    const { spanId } = receiver.span('execute_tool mcp__trace-mcp__told')
    expect(told).toMatchObject({
      atStart: `00-${run.traceId}-${run.spanId}-01`,
      inCall: { traceparent: `00-${run.traceId}-${spanId}-01` },
    })
    expect(told.inCall).toHaveProperty('progressToken')
  })

  it('is handed to a server over HTTP', async () => {
    await using receiver = await openOtlpReceiver()
    const mcp = await openHttpServer()
    await ask([['mcp__127_0_0_1__look', {}]], { receiver, args: ['--mcp', mcp.url] })
    const run = receiver.span('invoke_agent agent')
    const call = mcp.requests.find(({ message }) => message['method'] === 'tools/call')
    const { spanId } = receiver.spans.find(({ name }) => name.startsWith('execute_tool')) ?? {}
    expect(call?.headers['traceparent']).toBe(`00-${run.traceId}-${run.spanId}-01`)
    expect(call?.message['params']).toMatchObject({ _meta: { traceparent: `00-${run.traceId}-${spanId}-01` } })
  })

  it('is handed to a module, which also finds the run in its environment', async () => {
    await using receiver = await openOtlpReceiver()
    const { dir, tool } = withTool(toolSource('told', 'return [context.traceparent, process.env.TRACEPARENT]'))
    const { transcript, api } = await ask([['told', {}]], {
      receiver,
      dir,
      args: ['-t', tool],
      env: { TRACEPARENT: PARENT },
    })
    const run = receiver.span('invoke_agent agent')
    const { spanId } = receiver.span('execute_tool told')
    expect(transcript.turns[0]?.tool_calls[0]?.output).toEqual([
      `00-${run.traceId}-${spanId}-01`,
      `00-${run.traceId}-${run.spanId}-01`,
    ])
    // The model's server is no part of it.
    expect(api.requests.map(({ headers }) => headers['traceparent'])).toEqual([undefined, undefined])
  })

  it('is inherited as it came in where nothing is traced', async () => {
    const dir = withManifests(shell('show', 'printf %s "$TRACEPARENT"'))
    const { env } = await server(reply.toolUse('show', {}), reply.text('Done.'))
    const args = ['ask', '--json', '-t', 'tools.tool.json', 'q']
    const result = await runAgent(args, { dir, env: { ...env, TRACEPARENT: PARENT } })
    expect(result.json().turns[0]?.tool_calls[0]?.output).toBe(PARENT)
  })
})

it('a run without traces loads nothing of them', async () => {
  const loaded = async (...args: string[]) => {
    const dir = makeRunFolder()
    const folder = join(dir, 'coverage')
    await runAgent(['ask', '--offline', ...args, '6*7'], { dir, env: { NODE_V8_COVERAGE: folder } })
    const scripts = readdirSync(folder).flatMap((file): { url: string }[] => {
      const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      return result
    })
    return scripts.map(({ url }) => basename(url)).filter((name) => /^(otel|spans|open-tracing|messages)-/.test(name))
  }
  await using receiver = await openOtlpReceiver()
  expect(await loaded()).toEqual([])
  expect((await loaded('--otel', receiver.url)).map((name) => name.split('-')[0]).sort()).toEqual([
    'open',
    'otel',
    'spans',
  ])
})

describe('the collector', () => {
  const env = (url: string, more: Record<string, string> = {}) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...more })

  it('is the one of the environment, with its headers, which are secrets', async () => {
    await using receiver = await openOtlpReceiver()
    const secret = 'collector-secret-0815'
    const { dir, tool } = withTool(toolSource('tell', 'return process.env.OTEL_EXPORTER_OTLP_HEADERS'))
    const { env: address } = await server(reply.toolUse('tell', {}), reply.text('Done.'))
    const more = { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${secret},x-team=ours`, OTEL_SERVICE_NAME: 'ci' }
    const result = await runAgent(['ask', '--json', '-t', tool, '--otel-content', 'q'], {
      dir,
      env: {
        ...address,
        ...env(`${receiver.url}/base/`, more),
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
      },
    })
    await endToEnd(result, { secrets: [secret] })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(receiver.requests[0]).toMatchObject({
      path: '/base/v1/traces',
      headers: { authorization: `Bearer ${secret}`, 'x-team': 'ours' },
    })
    expect(receiver.requests.map(({ text }) => text).join('')).not.toContain(secret)
    expect(receiver.spans[0]?.resource).toMatchObject({ 'service.name': 'ci', 'deployment.environment': 'test' })
    expect(result.json().turns[0]?.tool_calls[0]?.output).toBe('authorization=[redacted],x-team=ours')
  })

  it('changes no exit code where nothing listens, and is named in one line', async () => {
    const url = await refusedUrl()
    const result = await runAgent(['ask', '--offline', '6*7'], { env: env(url) })
    await endToEnd(result)
    expect(result).toMatchObject({ code: 0 })
    expect(result.stderr).toMatch(
      new RegExp(`^agent: warning: traces could not be sent to ${url}/v1/traces: .*ECONNREFUSED.*\\n`, 'm'),
    )
    const failing = await server(reply.status(400, { message: 'no' }))
    expect(await runAgent(['ask', 'q'], { env: { ...failing.env, ...env(url) } })).toMatchObject({ code: 5 })
  })

  it('is given up where it never answers', async () => {
    await using receiver = await openOtlpReceiver('silent')
    const result = await runAgent(['ask', '--offline', '6*7'], { env: env(receiver.url) })
    await endToEnd(result)
    expect(result).toMatchObject({ code: 0 })
    expect(result.stderr).toContain(`traces could not be sent to ${receiver.url}/v1/traces: no answer in time`)
    expect(receiver.requests.length).toBeGreaterThan(0)
  })

  it.each([
    [401, 'it answered 401'],
    [503, 'it answered that it is busy'],
  ])('may answer %s', async (status, said) => {
    await using receiver = await openOtlpReceiver(status)
    const result = await runAgent(['ask', '--offline', '6*7'], { env: env(receiver.url) })
    expect(result).toMatchObject({ code: 0 })
    expect(result.stderr).toContain(said)
    expect(await runAgent(['ask', '-q', '--offline', '6*7'], { env: env(receiver.url) })).toMatchObject({
      code: 0,
      stderr: '',
    })
  })

  it('is not asked for by a run that only shows its request', async () => {
    await using receiver = await openOtlpReceiver()
    await runAgent(['ask', '--dry-run', '--otel', receiver.url, 'q'])
    expect(receiver.requests).toEqual([])
  })

  it.each([
    [['--otel', 'nonsense'], {}, 2, '--otel: "nonsense" is no URL'],
    [['--otel', 'ftp://host'], {}, 2, '--otel: "ftp://host" is no http(s) URL'],
    [
      [],
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' },
      3,
      'OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4317" is no http(s) URL',
    ],
  ])('has to be one: %j %j', async (args, environment, code, said) => {
    const result = await runAgent(['ask', '--offline', ...args, '6*7'], { env: environment })
    expect(result.code).toBe(code)
    expect(result.stderr.split('\n')[0]).toContain(said)
    expect(result.stderr).toMatch(/^hint: /m)
  })
})
