import { afterEach, describe, expect, it, vi } from 'vitest'
import { openApiServer } from '../rig/api-server.ts'
import { reply } from '../rig/reply.ts'
import { faultOf, KEY, messageOf, modelRequest, openModelRig } from './model-rig.ts'

afterEach(() => vi.unstubAllEnvs())

describe('a message of the Messages API', () => {
  it('is told in parts as it arrives, and whole at the end', async () => {
    await using api = await openApiServer({
      replies: [reply.text('Looking.').toolUse('get_weather', { location: 'Tokyo' }, 'toolu_1')],
    })
    await using rig = openModelRig(api.url)
    const message = messageOf(await rig.ask())
    expect(rig.parts[0]).toEqual({ type: 'first_token' })
    expect(rig.parts.flatMap((part) => (part.type === 'text_delta' ? part.text : [])).join('')).toBe('Looking.')
    expect(rig.parts.at(-1)).toEqual({
      type: 'call_ready',
      call: { id: 'toolu_1', name: 'get_weather', input: { location: 'Tokyo' } },
    })
    expect(message.stop_reason).toBe('tool_use')
    expect(message.content).toEqual([
      { type: 'text', text: 'Looking.' },
      { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { location: 'Tokyo' } },
    ])
    expect(message.usage).toMatchObject({ input_tokens: 100, output_tokens: 20 })
    expect(api.violations).toEqual([])
  })

  it('is asked for over the same connection in the next turn', async () => {
    await using api = await openApiServer({ replies: [reply.text('one'), reply.text('two'), reply.text('three')] })
    await using rig = openModelRig(api.url)
    for (let turn = 0; turn < 3; turn += 1) {
      messageOf(await rig.ask())
      await api.requests[turn]?.ended
      // The last chunk of the former answer frees the connection, one tick after the message itself.
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(new Set(api.requests.map(({ clientPort }) => clientPort)).size).toBe(1)
  })

  it('is asked for with exactly the body that the preview shows', async () => {
    await using api = await openApiServer({ replies: [reply.text('ok')] })
    await using rig = openModelRig(api.url)
    const request = modelRequest({ effort: 'high', cache: true, toolChoice: 'none' })
    await rig.ask(request)
    expect(api.requests[0]?.body).toEqual(rig.model.preview(request))
    expect(api.requests[0]?.body).toMatchObject({
      output_config: { effort: 'high' },
      cache_control: { type: 'ephemeral' },
      tool_choice: { type: 'none' },
      tools: [{ name: 'get_weather' }],
      stream: true,
    })
  })

  it('is asked for with nothing that was not asked for', async () => {
    await using rig = openModelRig(null)
    expect(Object.keys(rig.model.preview(modelRequest({ system: '', tools: [], toolChoice: 'none' })))).toEqual([
      'model',
      'max_tokens',
      'stream',
      'messages',
    ])
  })

  it('sends unknown blocks back untouched', async () => {
    const stranger = { type: 'hologram', layers: [{ __typename: 'x' }], signature: 'abc' }
    await using api = await openApiServer({ replies: [reply.block(stranger).text('hi'), reply.text('ok')] })
    await using rig = openModelRig(api.url)
    const { content } = messageOf(await rig.ask())
    expect(content[0]).toEqual(stranger)
  })
})

describe('the credentials', () => {
  it.each(['api_key', 'auth_token'] as const)('travel as a bearer token: %s', async (kind) => {
    await using api = await openApiServer({ replies: [reply.text('ok')] })
    await using rig = openModelRig(api.url, { credentials: { kind, value: KEY } })
    await rig.ask()
    expect(api.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
    })
    expect(api.requests[0]?.headers['x-api-key']).toBeUndefined()
  })

  it.each(['sk-one\nsk-two', 'sk with spaces', 'ключ', ''])(
    'that no header can carry are a fault without the key: %j',
    async (value) => {
      await using api = await openApiServer({ replies: [] })
      await using rig = openModelRig(api.url, { credentials: { kind: 'api_key', value } })
      const fault = faultOf(await rig.ask())
      expect(fault).toMatchObject({ kind: 'account', code: 'bad_key', retryable: false })
      expect(fault.message).toBe('ANTHROPIC_API_KEY holds a character that no key has')
      expect(api.requests).toEqual([])
    },
  )

  it('are not invented where there are none: nothing of the environment is sent', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-from-the-environment')
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'token-from-the-environment')
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9')
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'authorization: Bearer custom\nx-custom: 1')
    vi.stubEnv('ANTHROPIC_LOG', 'debug')
    await using api = await openApiServer({ replies: [reply.text('ok')], validate: false })
    await using rig = openModelRig(api.url, { credentials: null })
    messageOf(await rig.ask())
    const { headers } = await api.request(0)
    expect(headers.authorization).toBeUndefined()
    expect(headers['x-custom']).toBeUndefined()
    expect(JSON.stringify(headers)).not.toMatch(/from-the-environment|custom/)
    expect(rig.notes.join('\n')).not.toMatch(/Bearer/)
  })
})

describe('the address', () => {
  it.each(['', '/', '/v1', '/v1/'])('may be given as people paste it: %j', async (suffix) => {
    await using api = await openApiServer({ replies: [reply.text('ok')] })
    await using rig = openModelRig(`${api.url}${suffix}`)
    await rig.ask()
    expect(api.requests[0]?.path).toBe('/v1/messages')
  })
})

describe('the limit of output tokens', () => {
  it.each([
    ['claude-sonnet-5-5', 128_000],
    ['claude-haiku-4-5-20251001', 64_000],
    ['claude-opus-4-1-20250805', 32_000],
    ['llama3.2', 64_000],
  ])('of %s is %d', (name, tokens) => {
    expect(openModelRig(null, { name }).model.maxOutputTokens).toBe(tokens)
  })
})
