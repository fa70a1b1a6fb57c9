import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { environmentRedactor } from '../src/config-environment.ts'
import { NO_FLAGS } from '../src/flags.ts'
import { folder, load } from './config-rig.ts'

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const HOST = 'http://127.0.0.1:4318'

const urlOf = async (args: string[], environment: Record<string, string> = {}) =>
  (await load(args, { environment })).config.tracing?.url ?? null

/** A config file that names a collector. */
function fileWith(settings: object): string {
  return join(folder({ 'agent.json': JSON.stringify(settings) }), 'agent.json')
}

describe('where traces go', () => {
  it('is nowhere where nobody says so', async () => {
    expect(await urlOf([])).toBeNull()
  })

  it.each([
    [['--otel', HOST], {}, `${HOST}/v1/traces`],
    [['--otel', `${HOST}/`], {}, `${HOST}/v1/traces`],
    [['--otel', `${HOST}/otlp/traces`], {}, `${HOST}/otlp/traces`],
    [[], { [ENDPOINT]: HOST }, `${HOST}/v1/traces`],
    [[], { [ENDPOINT]: `${HOST}/base/` }, `${HOST}/base/v1/traces`],
    [[], { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${HOST}/mine`, [ENDPOINT]: 'http://other' }, `${HOST}/mine`],
    [['--otel', HOST], { [ENDPOINT]: 'http://other' }, `${HOST}/v1/traces`],
    [[], { [ENDPOINT]: HOST, OTEL_SDK_DISABLED: 'true' }, null],
    [[], { [ENDPOINT]: HOST, OTEL_TRACES_EXPORTER: 'none' }, null],
    [['--otel', HOST], { OTEL_SDK_DISABLED: 'true' }, `${HOST}/v1/traces`],
  ])('%j %j', async (args, environment, url) => {
    expect(await urlOf(args, environment)).toBe(url)
  })

  it('may stand in the config file, below the environment', async () => {
    const file = fileWith({ otel: HOST, otel_content: true })
    const { config } = await load(['--config', file])
    expect(config.tracing).toMatchObject({ url: `${HOST}/v1/traces`, content: true })
    expect(await urlOf(['--config', file], { [ENDPOINT]: 'http://other' })).toBe('http://other/v1/traces')
    expect(await urlOf(['--config', file], { OTEL_SDK_DISABLED: 'true' })).toBeNull()
  })

  it('is asked for by a library itself', async () => {
    const environment = { ANTHROPIC_API_KEY: 'sk-ant-test-0123456789', [ENDPOINT]: HOST }
    const options = { environment, directory: folder(), notify: () => {}, keyNeeded: true, userConfig: false }
    expect((await loadConfig(NO_FLAGS, options)).tracing).toBeNull()
    expect((await loadConfig({ ...NO_FLAGS, otel: HOST }, options)).tracing?.url).toBe(`${HOST}/v1/traces`)
  })

  it.each([
    [['--otel', 'nonsense'], {}, 2, '--otel: "nonsense" is no URL'],
    [['--otel', 'grpc://host:4317'], {}, 2, '--otel: "grpc://host:4317" is no http(s) URL'],
    [['--otel', 'http://me:secret@host'], {}, 2, '--otel: "http://***@host" holds a user or a password'],
    [[], { [ENDPOINT]: 'host:4317' }, 3, `${ENDPOINT}: "host:4317" is no http(s) URL`],
    [
      [],
      { [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
      3,
      'OTEL_EXPORTER_OTLP_HEADERS is no list of headers',
    ],
    [
      [],
      { [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_HEADERS: 'a=%0asecret' },
      3,
      'OTEL_EXPORTER_OTLP_HEADERS is no list of headers',
    ],
  ])('has to be an address: %j %j', async (args, environment, code, message) => {
    const failure = await load(args, { environment }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ exitCode: code, message, hint: expect.any(String) })
    expect(JSON.stringify([failure, String(failure)])).not.toContain('secret')
  })

  it('is wrong in a file with exit 3', async () => {
    const file = fileWith({ otel: 'nonsense' })
    await expect(load(['--config', file])).rejects.toMatchObject({
      exitCode: 3,
      message: `${file}: otel: "nonsense" is no URL`,
    })
  })
})

describe('what goes along with traces', () => {
  it('are headers, of which those for traces stand over the others', async () => {
    const { config } = await load([], {
      environment: {
        [ENDPOINT]: HOST,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-team = ours ,',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-team=theirs',
      },
    })
    expect(config.tracing?.headers).toEqual({ authorization: 'Bearer abc', 'x-team': 'theirs' })
  })

  it('are the attributes of the service', async () => {
    const attributes = 'service.name=other,deployment.environment=ci%20main'
    const of = async (environment: Record<string, string>) =>
      (await load(['--otel', HOST], { environment })).config.tracing?.resource
    expect(await of({})).toEqual({ 'service.name': 'agent-ask' })
    expect(await of({ OTEL_RESOURCE_ATTRIBUTES: attributes })).toEqual({
      'service.name': 'other',
      'deployment.environment': 'ci main',
    })
    expect(await of({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'mine' })).toMatchObject({
      'service.name': 'mine',
    })
  })

  it('is said of what is asked for and cannot be', async () => {
    const grpc = await load([], { environment: { [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' } })
    expect(grpc.notices).toEqual(['warning: OTEL_EXPORTER_OTLP_PROTOCOL asks for "grpc"; traces are sent as http/json'])
    const spoken = await load([], { environment: { [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' } })
    expect(spoken.notices).toEqual([])
    const nowhere = await load(['--otel-content'])
    expect(nowhere.notices).toEqual([expect.stringContaining('warning: --otel-content has no effect')])
    const pairs = await load(['--otel', HOST], { environment: { OTEL_RESOURCE_ATTRIBUTES: 'nonsense,a=1' } })
    expect(pairs.notices).toEqual(['warning: OTEL_RESOURCE_ATTRIBUTES: "nonsense" is no name=value'])
    expect(pairs.config.tracing?.resource).toMatchObject({ a: '1' })
  })

  it('are secrets, as they stand and as they are meant', () => {
    const redact = environmentRedactor({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20top%2Fsecret%3D1,x=long-enough-1',
    })
    const shown = redact('Bearer%20top%2Fsecret%3D1 | Bearer top/secret=1 | top/secret=1 | long-enough-1')
    expect(shown).toBe('[redacted] | [redacted] | [redacted] | [redacted]')
  })
})
