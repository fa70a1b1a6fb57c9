/** The form of an answer in the request: as a field, or in words where the server does not take it. */
import { describe, expect, it } from 'vitest'
import { requestBody } from '../../src/models/request-body.ts'
import { answerForm } from '../../src/schema/answer-form.ts'
import type { ApiServerOptions } from '../rig/api-server.ts'
import { openApiServer } from '../rig/api-server.ts'
import { reply } from '../rig/reply.ts'
import { faultOf, messageOf, modelRequest, openModelRig } from './model-rig.ts'

const answer = answerForm({ type: 'object', properties: { n: { type: 'number', minimum: 1 } }, required: ['n'] })
const list = answerForm({ type: 'array', items: { type: 'number' } })
const format = { type: 'json_schema', schema: answer.format }

it('is a field of the request beside the effort, and the system prompt stays as it is', () => {
  const body = requestBody('m', modelRequest({ answer, effort: 'low' }))
  expect(body['output_config']).toEqual({ effort: 'low', format })
  expect(body['system']).toBe('Answer briefly.')
  expect(requestBody('m', modelRequest({ answer }))['output_config']).toEqual({ format })
  expect(requestBody('m', modelRequest({ effort: 'low' }))['output_config']).toEqual({ effort: 'low' })
  expect(requestBody('m', modelRequest())).not.toHaveProperty('output_config')
})

it('is told in the system prompt where it is none that the field could hold', () => {
  const body = requestBody('m', modelRequest({ answer: list }))
  expect(body).not.toHaveProperty('output_config')
  expect(body['system']).toBe(`Answer briefly.\n\n${list.words}`)
  expect(requestBody('m', modelRequest({ answer: list, system: '' }))['system']).toBe(list.words)
})

describe('a server that refuses the field', () => {
  async function ask(replies: ApiServerOptions['replies'], times = 1) {
    await using api = await openApiServer({ replies })
    await using rig = openModelRig(api.url)
    const told = []
    for (let time = 0; time < times; time += 1) told.push(await rig.ask({ answer, timeLimitMs: 60_000 }))
    expect(api.violations).toEqual([])
    const asked = api.requests.map(({ body }) => [body['output_config'] !== undefined, body['system']])
    return { replies: told, asked, notes: rig.notes.join('\n') }
  }

  const inField = [true, 'Answer briefly.']
  const inWords = [false, `Answer briefly.\n\n${answer.words}`]

  it.each([
    [400, 'output_config.format: Extra inputs are not permitted'],
    [400, 'output_config: Extra inputs are not permitted'],
    [400, 'The compiled grammar is too large, which would cause performance issues.'],
    [422, 'unknown field'],
    [400, ''],
  ])('with %d %s is asked in words at once, and for good', async (status, message) => {
    const refusal = reply.status(status, { message })
    const { replies, asked, notes } = await ask([refusal, reply.text('{"n":1}'), reply.text('{"n":2}')], 2)
    expect(replies.map(messageOf).map(({ content }) => content)).toEqual([
      [{ type: 'text', text: '{"n":1}' }],
      [{ type: 'text', text: '{"n":2}' }],
    ])
    expect(asked).toEqual([inField, inWords, inWords])
    expect(notes).toContain('does not take the schema as a field')
  })

  it.each([401, 404, 413, 529])('with %d has refused something else, and is not asked again', async (status) => {
    const { replies, asked } = await ask([reply.status(status)])
    expect(replies.map(faultOf)).toMatchObject([{ status }])
    expect(asked).toEqual([inField])
  })

  it('and the words too is told as it is', async () => {
    const { replies, asked } = await ask([reply.status(400, { message: 'one' }), reply.status(400, { message: 'two' })])
    expect(replies.map(faultOf).map(({ message }) => message)).toEqual([expect.stringContaining('two')])
    expect(asked).toEqual([inField, inWords])
  })

  it('is asked once where no form is wanted', async () => {
    await using api = await openApiServer({ replies: [reply.status(400, { message: 'output_config' })] })
    await using rig = openModelRig(api.url)
    expect(faultOf(await rig.ask()).status).toBe(400)
    expect(api.requests).toHaveLength(1)
  })
})
