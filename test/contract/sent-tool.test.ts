import { expect, it } from 'vitest'
import { sentTool } from '../../src/contract/sent-tool.ts'

const tool = (input_schema: Parameters<typeof sentTool>[0]['input_schema']) =>
  sentTool({ name: 'a', description: 'Does it.', input_schema, effect: 'read', keywords: [] })

it('sends a schema as it is', () => {
  const schema = { type: 'object', properties: { x: { anyOf: [{ type: 'string' }, { type: 'null' }] } } }
  expect(tool(schema)).toEqual({ name: 'a', description: 'Does it.', input_schema: schema })
})

it('says in words what the API refuses at the top of a schema', () => {
  const anyOf = [{ required: ['x'] }, { required: ['y'] }]
  expect(tool({ type: 'object', properties: { x: {} }, anyOf })).toEqual({
    name: 'a',
    description: `Does it.\nThe input must also fit this JSON Schema: ${JSON.stringify({ anyOf })}`,
    input_schema: { type: 'object', properties: { x: {} } },
  })
})
