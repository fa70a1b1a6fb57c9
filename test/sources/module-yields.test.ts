/** Tools that return what yields its content, or what has to be asked for it. */
import { expect, it } from 'vitest'
import { MAX_OUTPUT_BYTES } from '../../src/host/protocol.ts'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })

/** @param tools  text of the function by name */
function openFile(tools: Record<string, string>) {
  const list = Object.entries(tools).map(([name, execute]) => toolText(name, execute))
  const text = `import { Readable } from 'node:stream'
    import { writeFileSync } from 'node:fs'
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    export default [${list.join()}]`
  return openTools([], { paths: [toolFolder().file('t.mjs', text)] })
}

it.each([
  ['text in pieces', "async function* () { yield 'a'; await sleep(5); yield 'b\\ud83d'; yield '\\ude00' }", 'ab😀'],
  ['values', "async function* () { yield 1; yield { a: [2] }; yield 'c' }", [1, { a: [2] }, 'c']],
  ['what it returns, where it yields nothing', 'async function* () { return { a: 1 } }', { a: 1 }],
  ['nothing', 'async function* () {}', null],
  ['a stream of text', "async () => Readable.from(['a', 'b'])", 'ab'],
  ['a stream of bytes', 'async () => Readable.from([Buffer.from([0xc3]), Buffer.from([0xa9])])', 'é'],
  [
    'bytes that are no text',
    'async () => Readable.from([Buffer.from([255]), Buffer.from([0])])',
    { base64: '/wA=', bytes: 2 },
  ],
  ['the stream of a plain function', "() => new Response('body').body", 'body'],
  ['a generator', "function* () { yield 'a'; yield 'b' }", ['a', 'b']],
  ['an iterator', 'async () => new Map([[1, 2]]).entries()', [[1, 2]]],
  ['headers', "async () => new Headers({ a: 'b' })", { a: 'b' }],
])('T9 collects %s', async (_, execute, output) => {
  await using open = await openFile({ collected: execute })
  for (let time = 0; time < 2; time += 1) expect(await open.call('collected').outcome).toEqual(ok(output))
})

it.each([
  ["async () => new Response('x')", 'returned a Response; return its text or json'],
  ["() => new Blob(['x'])", 'returned a Blob; return its text or bytes'],
])('T9 fails a call whose value has to be asked for its content: %s', async (execute, message) => {
  await using open = await openFile({ unread: execute })
  expect(await open.call('unread').outcome).toEqual({
    status: 'failed',
    error: { code: 'bad_result', message },
    retryable: false,
  })
})

it('T9 fails a call whose value throws where it yields', async () => {
  await using open = await openFile({ breaks: "async function* () { yield 'a'; throw new Error('broken') }" })
  expect(await open.call('breaks').outcome).toMatchObject({ status: 'failed', error: { message: 'broken' } })
})

it('T8 keeps head and tail of what is yielded, however much it is', async () => {
  await using open = await openFile({
    texts: "async function* () { for (let at = 0; at < 3000; at += 1) yield '😀'.repeat(1000) }",
    values: "async function* () { for (let at = 0; at < 3000; at += 1) yield [at, 'y'.repeat(1000)] }",
  })
  for (const name of ['texts', 'values']) {
    const outcome = await open.call(name).outcome
    if (outcome.status !== 'ok') throw new Error(outcome.error.message)
    expect(outcome.truncated).toBe(true)
    expect(outcome.output_bytes).toBeGreaterThan(3_000_000)
    expect(Buffer.byteLength(String(outcome.output))).toBeLessThan(MAX_OUTPUT_BYTES + 100)
    expect(outcome.output).not.toContain('\ufffd')
  }
})

it('T1 ends what yields without end when it is given up, and the host lives on', async () => {
  await using open = await openFile({
    endless:
      "async function* (_, { progress }) { progress(); try { for (;;) yield 1 } finally { console.log('put away') } }",
    slow: "async () => { await sleep(100); return 'slow' }",
  })
  const slow = open.call('slow')
  const endless = open.call('endless')
  await endless.said('progress')
  endless.timeOut()
  expect(await endless.outcome).toMatchObject({ status: 'canceled' })
  await open.printed('put away')
  expect(await slow.outcome).toEqual(ok('slow'))
  expect(slow.clock).not.toContain('startedAnew')
})
