/** Which calls may not overlap, as tool files and manifests say it. Who then waits is the scheduler's. */

import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Exclusive } from '../../src/contract/tool.ts'
import { attemptEnd } from '../rig/attempt-end.ts'
import { openCommands, properties } from './open-commands.ts'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const ODD = `{ list: [1], object: {}, nan: NaN, big: 1n, symbol: Symbol('s'), function: () => 1 }`
/** A tool whose key is made by the text of a function. */
const keyed = (name: string, exclusive: string, more = '') =>
  `export const ${name} = ${toolText(name, 'async () => 1', `exclusive: ${exclusive}, ${more}`)}`

function toolsWith(...texts: string[]) {
  return openTools([], { paths: [toolFolder({ 'keys.mjs': texts.join('\n') }).path] })
}

describe('a module tool', () => {
  it('declares a key of its own, one that others may share, or none', async () => {
    await using open = await toolsWith(
      keyed('own', 'true'),
      keyed('shared', `'printer'`),
      keyed('none', 'false'),
      keyed('silent', 'undefined'),
      keyed('made', '() => 1'),
    )
    const declared = Object.fromEntries(open.tools.map(({ name, exclusive }) => [name, exclusive]))
    expect(declared).toEqual({ own: true, shared: 'printer', made: expect.any(Function) })
  })

  it.each(['7', '[]', `''`])('is refused where exclusive is %s', async (value) => {
    await expect(toolsWith(keyed('wrong', value))).rejects.toMatchObject({
      message: expect.stringContaining('exclusive is neither true, false, a text nor a function'),
    })
  })

  it('makes its key of the input, at once or later, in the host and not in ours', async () => {
    await using open = await toolsWith(
      keyed('made', '({ key }) => key'),
      keyed('later', 'async ({ key }) => { await new Promise((go) => setTimeout(go, 5)); return key }'),
      keyed('where', '() => process.pid'),
    )
    const keys = async (name: string) => {
      const inputs: JsonObject[] = [{ key: 'a' }, { key: 7 }, { key: true }, { key: null }, { key: false }, {}]
      const outcomes = await Promise.all(inputs.map((input) => open.askKey(name, input).outcome))
      return outcomes.map((outcome) => (outcome.status === 'ok' ? outcome.output : outcome))
    }
    expect(await keys('made')).toEqual(['a', '7', true, null, null, null])
    expect(await keys('later')).toEqual(['a', '7', true, null, null, null])
    expect(await open.askKey('where').outcome).not.toEqual(ok(String(process.pid)))
  })

  it('is asked on the loop, and its own code does not run', async () => {
    await using open = await toolsWith(
      `import { isMainThread } from 'node:worker_threads'
       let ran = 0
       export const plain = { name: 'plain', description: 'd', input_schema: {}, execute: () => { ran += 1 },
         exclusive() { return this.name + isMainThread + ran } }`,
    )
    expect(open.tools[0]?.slotKind).toBe('thread')
    expect(await open.askKey('plain').outcome).toEqual(ok('plaintrue0'))
  })

  it('is asked with what the schema makes of the input, and not with what does not fit', async () => {
    const folder = toolFolder({
      'zod.mjs': `import * as z from 'zod'
        export default { name: 'parsed', description: 'd', execute: async () => 1, exclusive: ({ path }) => path,
          input: z.object({ path: z.string().toLowerCase().default('home') }) }`,
    })
    await using open = await openTools([], { paths: [folder.path] })
    expect(await open.askKey('parsed', { path: 'A/B' }).outcome).toEqual(ok('a/b'))
    expect(await open.askKey('parsed').outcome).toEqual(ok('home'))
    const unfit = await open.askKey('parsed', { path: 7 }).outcome
    expect(unfit).toMatchObject({ status: 'invalid_input' })
    expect(await open.call('parsed', { path: 7 }).outcome).toEqual(unfit)
  })

  it.each(['list', 'object', 'nan', 'big', 'symbol', 'function'])(
    'has failed for good where it gives: %s',
    async (kind) => {
      await using open = await toolsWith(keyed('odd', `({ kind }) => (${ODD})[kind]`))
      expect(await open.askKey('odd', { kind }).outcome).toEqual({
        status: 'failed',
        error: { code: 'bad_exclusive_key', message: expect.stringContaining('"exclusive" of "odd" gave ') },
        retryable: false,
      })
    },
  )

  it.each(['() => { throw new Error("no key") }', 'async () => { throw new Error("no key") }'])(
    'has failed for good where it throws: %s',
    async (text) => {
      await using open = await toolsWith(keyed('throws', text))
      expect(await open.askKey('throws').outcome).toEqual({
        status: 'failed',
        error: { code: 'bad_exclusive_key', message: '"exclusive" of "throws" failed: no key' },
        retryable: false,
      })
    },
  )

  it('T4 whose key function blocks the loop is ended with the host; a call that shared it runs again', async () => {
    await using open = await toolsWith(
      keyed('blocks', '() => { while (true); }'),
      `export const slow = ${toolText('slow', 'async () => { await new Promise((go) => setTimeout(go, 300)); return "slow" }')}`,
    )
    const other = open.call('slow')
    await other.said('started')
    const asked = open.askKey('blocks')
    await other.said('held')
    asked.abort()
    expect(await asked.outcome).toMatchObject({ status: 'canceled' })
    expect(await other.outcome).toEqual(ok('slow'))
    expect(open.notes).toContain(
      'warning: the tool host did not answer, blocked by "blocks"; it is killed and started again',
    )
  })

  it('T5 may not end the host by its key function', async () => {
    await using open = await toolsWith(keyed('exits', '() => process.exit(0)'))
    expect(await open.askKey('exits').outcome).toMatchObject({ status: 'failed', retryable: false })
  })

  it('may say it among described functions', async () => {
    const description = { name: 'say', description: 'd', inputs: {}, exclusive: 'the line' }
    const folder = toolFolder({
      'tool_descriptions.json': JSON.stringify([description]),
      'tool_funcs.mjs': 'export const say = () => 1',
    })
    await using open = await openTools([], { paths: [folder.path] })
    expect(open.tools[0]?.exclusive).toBe('the line')
  })
})

describe('a command', () => {
  const command = (exclusive: boolean | string) =>
    openCommands({ command: ['echo'], input_schema: { ...properties('path', 'line'), required: ['path'] }, exclusive })

  async function keyOf(exclusive: Exclusive | undefined, input: JsonObject): Promise<unknown> {
    if (typeof exclusive !== 'function') return exclusive
    const end = attemptEnd(new AbortController().signal)
    const nothing = () => {}
    const clock = { started: nothing, held: nothing, startedAnew: nothing, progress: nothing }
    const outcome = await exclusive(input, { callId: 'c', attempt: 1, idempotencyKey: 'k', ...end, ...clock })
    return outcome.status === 'ok' ? outcome.output : [outcome.status, outcome.error.message]
  }

  it('declares a key of its own, one that others may share, or none; it takes no slot for it', async () => {
    expect((await command(true)).tools[0]).toMatchObject({ exclusive: true, policy: {} })
    expect((await command('the printer')).tools[0]?.exclusive).toBe('the printer')
    expect((await command(false)).tools[0]).not.toHaveProperty('exclusive')
  })

  it('makes its key of placeholders', async () => {
    const open = await command('file {path}:{line} of {dir}, {} {not this}')
    const { exclusive } = open.tools[0] ?? {}
    const rest = `of ${open.folder}, {} {not this}`
    expect(await keyOf(exclusive, { path: '{line} $& a b' })).toBe(`file {line} $& a b: ${rest}`)
    expect(await keyOf(exclusive, { path: ['x', 1], line: 7 })).toBe(`file ["x",1]:7 ${rest}`)
    expect(await keyOf(exclusive, {})).toEqual(['invalid_input', expect.stringContaining('path')])
  })

  it('is refused with file and line where a placeholder is no property', async () => {
    const text = `{ "name": "one", "description": "d", "input_schema": { "properties": { "path": {} } },
      "command": ["echo"],
      "exclusive": "file {pth}" }`
    await expect(openCommands(text)).rejects.toMatchObject({
      code: 'tool-load-failed',
      message: expect.stringMatching(/one\.tool\.json:3" does not load: "exclusive": "\{pth\}" names no property/),
      hint: 'there are path',
    })
  })

  it.each([
    ['', 'is empty'],
    [7, 'is neither true, false nor a text'],
  ])('is refused where exclusive is %j', async (exclusive, reason) => {
    await expect(openCommands({ command: ['echo'], exclusive })).rejects.toMatchObject({
      message: expect.stringContaining(`"exclusive": ${reason}`),
    })
  })
})
