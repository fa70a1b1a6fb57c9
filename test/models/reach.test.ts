/** The one question that costs nothing. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ModelConfig } from '../../src/contract/config.ts'
import { reachServer } from '../../src/models/reach.ts'
import { openApiServer } from '../rig/api-server.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { Reply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import { KEY, modelConfig, openModelRig } from './model-rig.ts'

async function serverOf(answer: Reply) {
  const api = await openApiServer({ validate: false, replies: () => answer })
  onTestFinished(() => api.close())
  return api
}

const reach = (baseUrl: string, change: Partial<ModelConfig> = {}, clock = openFakeClock()) =>
  reachServer(modelConfig({ baseUrl, ...change }), clock, 5000)

describe('asking a server whether it is there', () => {
  it('is one GET for the model, with the headers of a question', async () => {
    const api = await serverOf(reply.http(200, { body: { id: 'qwen/3 x' } }))
    expect(await reach(`${api.url}/v1`, { name: 'qwen/3 x' })).toEqual({
      ...{ url: api.url, anthropic: false, status: 200, fault: null },
    })
    const { method, path, headers, rawBody } = await api.request(0)
    expect([method, path, rawBody.length]).toEqual(['GET', '/v1/models/qwen%2F3%20x', 0])
    await openModelRig(api.url).ask()
    const asked = (await api.request(1)).headers
    for (const name of ['authorization', 'anthropic-version']) expect(headers[name]).toBe(asked[name])
    expect(api.requests).toHaveLength(2)
  })

  it('sends no key where there is none', async () => {
    const api = await serverOf(reply.http(200, { body: {} }))
    await reach(api.url, { credentials: null })
    expect((await api.request(0)).headers['authorization']).toBeUndefined()
  })

  it('says what the server says, but never the key', async () => {
    const api = await serverOf(reply.status(401, { message: `bad key ${KEY}` }))
    expect(await reach(api.url)).toMatchObject({
      status: 401,
      fault: { kind: 'account', message: expect.stringMatching(/answered 401 .*bad key \[key\]/) },
    })
  })

  it('follows no redirect', async () => {
    const other = await serverOf(reply.http(200))
    const api = await serverOf(reply.redirect(other.url))
    expect(await reach(api.url)).toMatchObject({ status: 307, fault: { code: 'redirect' } })
    expect(other.requests).toHaveLength(0)
  })

  it('is given up in time', async () => {
    const api = await serverOf(reply.silence())
    const clock = openFakeClock()
    const reaching = reach(api.url, {}, clock)
    await api.request(0)
    expect(clock.due).toEqual([5000])
    await clock.advance(5000)
    const message = expect.stringMatching(/^the server at .* did not answer in time$/)
    expect(await reaching).toMatchObject({ status: null, fault: { code: 'timeout', message } })
  })

  it.each([
    ['reset', reply.reset(), /the connection to .* failed/],
    ['closed', reply.hangUp(), /the connection to .* failed/],
  ])('says that the connection was %s', async (_, answer, message) => {
    const api = await serverOf(answer)
    expect(await reach(api.url)).toMatchObject({ status: null, fault: { message: expect.stringMatching(message) } })
  })
})
