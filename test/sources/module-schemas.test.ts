import { expect, it } from 'vitest'
import { openTools } from './open-tools.ts'
import { toolFolder } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const SCHEMA = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] }
const tool = (imports: string, schemas: string) =>
  `${imports}\nexport default { name: 'a', description: 'd', effect: 'read', ${schemas}, execute: async (input) => input }`
const VALIBOT = `import * as v from 'valibot'`
const BY_VALIBOT = `input: v.object({ place: v.pipe(v.string(), v.trim()), days: v.optional(v.number(), 3) })`

async function opened(text: string, packages: string[] = [], name = 't.mjs') {
  const { file, install } = toolFolder()
  install(packages)
  return openTools([], { paths: [file(name, text)] })
}

it.each(['t.mjs', 't.ts'])('checks by valibot, and shows the model the schema beside it: %s', async (name) => {
  await using open = await opened(
    tool(VALIBOT, `${BY_VALIBOT}, input_schema: ${JSON.stringify(SCHEMA)}`),
    ['valibot'],
    name,
  )
  expect(open.tools[0]?.input_schema).toEqual(SCHEMA)
  expect(await open.call('a', { place: ' Rome ' }).outcome).toEqual(ok({ place: 'Rome', days: 3 }))
  expect(await open.call('a', { place: 'Rome', days: 'x' }).outcome).toMatchObject({
    status: 'invalid_input',
    error: { message: expect.stringMatching(/^input\.days: .*Expected number/) },
  })
})

it('says what to do where a schema library has no JSON form', async () => {
  await expect(opened(tool(VALIBOT, BY_VALIBOT), ['valibot'])).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('export "default" ("a"): its schema library, valibot, has no JSON Schema form'),
    hint: expect.stringContaining('input_schema'),
  })
})

it.each([
  ['arktype', `import { type } from 'arktype'`, `input: type({ place: 'string', 'days?': 'number' })`],
  ['zod', `import * as z from 'zod'`, 'input: z.object({ place: z.string(), days: z.number().optional() })'],
  ['zod/mini', `import * as z from 'zod/mini'`, 'input: z.object({ place: z.string(), days: z.optional(z.number()) })'],
])('takes the JSON form that %s gives', async (_, imports, schemas) => {
  await using open = await opened(tool(imports, schemas), ['arktype', '@ark/schema', '@ark/util', 'arkregex'])
  expect(open.tools[0]?.input_schema).toMatchObject({
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: 'number' } },
    required: ['place'],
  })
  expect(await open.call('a', { place: 'Rome', days: 2 }).outcome).toEqual(ok({ place: 'Rome', days: 2 }))
  expect(await open.call('a', { days: 2 }).outcome).toMatchObject({
    status: 'invalid_input',
    error: { message: expect.stringMatching(/^input\.place: /) },
  })
})

it.each([
  ['what has no JSON form', `import * as z from 'zod'`, 'input: z.object({ at: z.date() })', /"a"\): Date cannot be/],
  [
    'what zod/mini has none for',
    `import * as z from 'zod/mini'`,
    'input: z.object({ at: z.date() })',
    /"a"\): Date cannot/,
  ],
  [
    'a list',
    `import * as z from 'zod'`,
    'input: z.array(z.string())',
    /bad schema: type: a tool's input is an "object"/,
  ],
  [
    'two plain ones',
    '',
    `input: { type: 'object' }, input_schema: {}`,
    /"a"\) has two JSON Schemas, input and input_schema/,
  ],
  ['a bad one beside', VALIBOT, `${BY_VALIBOT}, input_schema: { type: 'text' }`, /bad schema: type: /],
  ['no object beside', VALIBOT, `${BY_VALIBOT}, input_schema: 'text'`, /the schema is no JSON object/],
])('refuses %s', async (_, imports, schemas, message) => {
  await expect(opened(tool(imports, schemas), ['valibot'])).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(message),
  })
})
