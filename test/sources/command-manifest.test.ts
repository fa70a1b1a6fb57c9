import { expect, it } from 'vitest'
import { openCommands, properties } from './open-commands.ts'

const start = '{\n"name": "a",\n"description": "b",\n"input_schema": {},\n"command": ["true"]'

it.each([
  ['', 1, 'no JSON: expected a value'],
  [`${start},}`, 5, 'no JSON: expected a key'],
  [`${start},\n"name": "c"}`, 6, '"name" stands twice'],
  ['[]', 1, 'holds no tool'],
  ['3', 1, 'is not of type object'],
  ['{\n"name": "a" }', 1, '"description": is missing'],
  [`${start},\n"efect": "read"}`, 6, '"efect": is no key of a manifest'],
  [`${start},\n"effect": "reed"}`, 6, '"effect": is not one of "read", "idempotent", "write"'],
  [`${start},\n"policy": {\n"timeout": 3 }}`, 7, '"policy.timeout": is no key of a manifest'],
  [`${start},\n"policy": {\n"timeout_ms": 0 }}`, 7, '"policy.timeout_ms": 0 is too small: at least 1'],
  [`${start},\n"policy": { "breaker": 3 }}`, 6, '"policy.breaker": 3 is neither false nor { failures, open_ms }'],
  [`${start},\n"input": "stdio"}`, 6, '"input": is not one of "args", "stdin"'],
  [`${start},\n"env": ["A", "B=1"]}`, 6, '"env.1": is no name of a variable'],
  [start.replace('{}', '[]'), 4, '"input_schema": is no JSON Schema but should be an object'],
  [start.replace('["true"]', '"true"'), 5, '"command": is not of type array'],
  [start.replace('["true"]', '[]'), 5, '"command": is empty'],
  [start.replace('["true"]', '[\n"a", 3]'), 6, '"command.1": is neither a text nor a list of texts'],
  [start.replace('"b"', '" "'), 3, '"description": is empty'],
  [start.replace('{}', '{ "properties": { "x":\n{ "type": "text" } } }'), 5, 'bad schema: properties.x.type: "text"'],
  [start.replace('{}', '{ "$ref":\n"https://example.com" }'), 4, 'bad schema: $ref: "https://example.com" leads out'],
  [start.replace('["true"]', '["a",\n"{b}"]'), 6, '"command.1": "{b}" names no property'],
  [start.replace('["true"]', '["a",\n["b", \n"{b}"]]'), 7, '"command.1.1": "{b}" names no property'],
])('names file and line of the mistake in %j', async (text, line, message) => {
  const whole = text.startsWith('{\n"name": "a",') && !text.endsWith('}') ? `${text}}` : text
  await expect(openCommands(whole)).rejects.toMatchObject({
    code: 'tool-load-failed',
    exitCode: 3,
    message: expect.stringMatching(new RegExp(`one\\.tool\\.json:${line}" does not load: `)),
  })
  await expect(openCommands(whole)).rejects.toThrow(message)
})

it('finds the line in a list of manifests, and a name that stands there twice', async () => {
  const one = '{"name": "a", "description": "b", "input_schema": {}, "command": ["true"]}'
  const error = { message: expect.stringMatching(/:2" does not load: "name": "a" is defined twice$/) }
  await expect(openCommands(`[${one},\n${one}]`)).rejects.toMatchObject(error)
})

it('takes several tools from one file, with all that a manifest can say', async () => {
  const { tools, folder } = await openCommands([
    { command: ['true'] },
    {
      $schema: './schema.json',
      name: 'two',
      input_schema: { type: 'object', ...properties('a') },
      command: ['true'],
      input: 'stdin',
      output: 'json',
      effect: 'read',
      exclusive: true,
      destructive: true,
      policy: { timeout_ms: 5, priority: 'optional', retry: { max_attempts: 2 }, breaker: false },
      keywords: ['c'],
      env: ['HOME'],
      cwd: 'sub',
    },
  ])
  expect(tools).toEqual([
    expect.objectContaining({
      name: 'one',
      source: 'command',
      effect: 'write',
      destructive: false,
      policy: {},
      slotKind: 'command',
      input_schema: { type: 'object' },
      place: `${folder}/one.tool.json`,
    }),
    expect.objectContaining({
      name: 'two',
      effect: 'read',
      exclusive: true,
      destructive: true,
      keywords: ['c'],
      policy: { timeout_ms: 5, priority: 'optional', retry: { max_attempts: 2 }, breaker: false },
    }),
  ])
})

it.each(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS', 'CLAUDE_CODE_OAUTH_TOKEN'])(
  'S2 refuses a manifest that asks for a credential of the model, set or not: %s',
  async (name) => {
    const refused = openCommands({ command: ['true'], env: ['HOME', name] })
    await expect(refused).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(`"env.1": "${name}" is a credential of the model, and no tool gets one`),
    })
  },
)
