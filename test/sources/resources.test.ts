/** What tool files set up for their calls and put away at the end, in a real host. */
import { describe, expect, it } from 'vitest'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const say = (text: string) => `;(await import('node:fs')).writeSync(1, '${text}\\n')`
/** A file that sets something up, and a tool that shows it. */
const file = (name: string, more: string) => `
  let state = 'nothing'
  let count = 0
  export const ${name} = ${toolText(name, 'async () => state')}
  export const ${name}_plain = ${toolText(`${name}_plain`, '() => state')}
  ${more}`
const SETUP = `export async function setup() {
  count += 1
  ${say('setting up')}
  await new Promise((go) => setTimeout(go, 20))
  state = 'pool ' + count
}`
const DISPOSE = `export async function dispose() {
  await new Promise((go) => setTimeout(go, 20))
  ${say('disposed of')}
}`

function toolsWith(files: Readonly<Record<string, string>>) {
  return openTools([], { paths: [toolFolder(files).path] })
}

/** Lines that the host has printed. */
const lines = (open: { output(): string }) => open.output().split('\n').filter(Boolean)

describe('setup', () => {
  it('runs once, before the first call, which two share; not when the file is loaded', async () => {
    await using open = await toolsWith({ 'a.mjs': file('a', SETUP + DISPOSE) })
    expect(open.output()).toBe('')
    const both = await Promise.all([open.call('a').outcome, open.call('a_plain').outcome])
    expect(both).toEqual([ok('pool 1'), ok('pool 1')])
    expect(await open.call('a').outcome).toEqual(ok('pool 1'))
    await open.close()
    expect(lines(open)).toEqual(['setting up', 'disposed of'])
  })

  it('gives plain functions its state, on the loop', async () => {
    await using open = await toolsWith({ 'a.mjs': file('a', SETUP) })
    expect(open.tools.map(({ slotKind }) => slotKind)).toEqual(['loop', 'loop'])
  })

  it('does not run for input that does not fit, or for a key', async () => {
    const strict = `{ name: 'strict', description: 'd', execute: async () => 1, exclusive: () => 'k',
      input_schema: { type: 'object', required: ['x'] } }`
    await using open = await toolsWith({ 'a.mjs': file('a', `${SETUP}\n${DISPOSE}\nexport const strict = ${strict}`) })
    expect(await open.call('strict').outcome).toMatchObject({ status: 'invalid_input' })
    expect(await open.askKey('strict', { x: 1 }).outcome).toEqual(ok('k'))
    await open.close()
    expect([open.output(), open.notes]).toEqual(['', []])
  })

  it('that fails fails its calls with the reason, and the next attempt tries again', async () => {
    const flaky = `export async function setup() {
      count += 1
      if (count < 3) throw Object.assign(new Error('attempt ' + count + ' refused'), count === 2 && { retryable: false })
      state = 'pool ' + count
    }`
    await using open = await toolsWith({ 'a.mjs': file('a', flaky + DISPOSE) })
    const failed = (reason: string) => ({
      status: 'failed',
      error: { code: 'setup_failed', message: `setup of "a.mjs" failed: ${reason}` },
    })
    const both = [open.call('a').outcome, open.call('a').outcome]
    expect(await Promise.all(both)).toEqual([failed('attempt 1 refused'), failed('attempt 1 refused')])
    expect(await open.call('a').outcome).toEqual({ ...failed('attempt 2 refused'), retryable: false })
    expect(await open.call('a').outcome).toEqual(ok('pool 3'))
    await open.close()
    expect(lines(open)).toEqual(['disposed of'])
  })

  it('that never worked leaves nothing to put away', async () => {
    const broken = `export const setup = () => { throw new Error('no') }`
    await using open = await toolsWith({ 'a.mjs': file('a', `${broken}\n${DISPOSE}`) })
    await open.call('a').outcome
    await open.close()
    expect([open.output(), open.notes]).toEqual(['', []])
  })

  it('holds nobody who is canceled, and goes on for others', async () => {
    const slow = `export async function setup() { ${say('setting up')}; await new Promise((ready) => setTimeout(ready, 300)); state = 'late' }`
    await using open = await toolsWith({ 'a.mjs': file('a', slow) })
    const [first, second] = [open.call('a'), open.call('a')]
    await open.printed('setting up')
    first.abort()
    expect(await first.outcome).toMatchObject({ status: 'canceled' })
    expect(await second.outcome).toEqual(ok('late'))
  })

  it('T4 that blocks the loop is ended with its host, and the new host sets up and puts away its own', async () => {
    const blocking = `import { existsSync, writeFileSync } from 'node:fs'
      export async function setup() {
        const sign = new URL('sign', import.meta.url)
        if (!existsSync(sign)) { writeFileSync(sign, ''); while (true); }
        state = 'second host'
      }`
    const other = `export const waits = ${toolText('waits', 'async () => new Promise(() => {})')}`
    await using open = await toolsWith({ 'a.mjs': file('a', `${blocking}\n${DISPOSE}`), 'other.mjs': other })
    const waits = open.call('waits')
    await waits.said('started')
    const call = open.call('a')
    await waits.said('held')
    call.timeOut()
    await call.outcome
    expect(await open.call('a').outcome).toEqual(ok('second host'))
    await open.close()
    expect(lines(open)).toEqual(['disposed of'])
  })
})

describe('dispose', () => {
  const opened = (name: string) =>
    file(
      name,
      `export async function setup() { ${say(`set up ${name}`)} }
      export async function dispose() { await new Promise((go) => setTimeout(go, 20)); ${say(`disposed of ${name}`)} }`,
    )

  it('runs in reverse order of setup, for what was set up only', async () => {
    await using open = await toolsWith({ 'a.mjs': opened('a'), 'b.mjs': opened('b'), 'c.mjs': opened('c') })
    await open.call('b').outcome
    await open.call('a').outcome
    await open.close()
    expect(lines(open)).toEqual(['set up b', 'set up a', 'disposed of a', 'disposed of b'])
    expect(open.notes).toEqual([])
  })

  it.each([
    ['an export', 'export function dispose() { console.log("disposed of") }'],
    [
      'a method of the default export',
      `export default { name: 'one', description: 'd', input_schema: {}, execute: async () => 1,
        dispose() { console.log('disposed of', this.name) } }`,
    ],
    ['Symbol.asyncDispose', 'export default { async [Symbol.asyncDispose]() { console.log("disposed of") } }'],
    ['Symbol.dispose', 'export default { [Symbol.dispose]() { console.log("disposed of") } }'],
  ])('without a setup runs where a tool of the file ran: %s', async (_what, text) => {
    await using ran = await toolsWith({ 'a.mjs': file('a', text) })
    await ran.call('a').outcome
    await ran.close()
    expect(ran.output()).toContain('disposed of')
    await using idle = await toolsWith({ 'a.mjs': file('a', text) })
    await idle.close()
    expect(idle.output()).toBe('')
  })

  it('names the file and the reason where it fails or does not end, and the others have their turn', async () => {
    const folder = toolFolder({
      'a.mjs': opened('a'),
      'fails.mjs': file('fails', `export function dispose() { throw new Error('the pool is stuck') }`),
      'hangs.mjs': file('hangs', 'export function dispose() { return new Promise(() => {}) }'),
    })
    await using open = await openTools([], { paths: [folder.path] })
    for (const name of ['a', 'fails', 'hangs']) await open.call(name).outcome
    await open.close()
    expect(lines(open)).toEqual(['set up a', 'disposed of a'])
    expect(open.notes.toSorted()).toEqual([
      `warning: "${folder.path}/fails.mjs": dispose failed: the pool is stuck`,
      `warning: "${folder.path}/hangs.mjs": dispose did not end within 0.5 s`,
    ])
  })

  it('names the file whose dispose blocks the host', async () => {
    const folder = toolFolder({ 'loops.mjs': file('loops', 'export function dispose() { while (true); }') })
    await using open = await openTools([], { paths: [folder.path] })
    await open.call('loops').outcome
    await open.close()
    expect(open.notes).toEqual([`warning: "${folder.path}/loops.mjs": dispose did not end within 0.5 s`])
    expect(await open.survivors()).toEqual([])
  })

  it('may not end the host, and does not keep it', async () => {
    const folder = toolFolder({
      'exits.mjs': file('exits', 'export async function dispose() { setInterval(() => {}, 1000); process.exit(0) }'),
      'a.mjs': opened('a'),
    })
    await using open = await openTools([], { paths: [folder.path] })
    await open.call('a').outcome
    await open.call('exits').outcome
    await open.close()
    expect(open.notes).toEqual([`warning: "${folder.path}/exits.mjs": dispose failed: called process.exit(0)`])
    expect(lines(open)).toContain('disposed of a')
  })

  it('runs beside a call that does not end', async () => {
    const hangs = `export const hangs = ${toolText('hangs', 'async () => new Promise(() => setInterval(() => {}, 1000))')}`
    await using open = await toolsWith({ 'a.mjs': file('a', `${hangs}\n${DISPOSE}`) })
    const call = open.call('hangs')
    await call.said('started')
    await open.call('a').outcome
    await open.close()
    expect(await call.outcome).toMatchObject({ status: 'canceled' })
    expect([lines(open), open.notes]).toEqual([['disposed of'], []])
  })

  it('runs in threads, each with what it set up itself', async () => {
    const threaded = `import { threadId } from 'node:worker_threads'
      import { writeSync } from 'node:fs'
      let state = 0
      export const plain = ${toolText('plain', '() => [state, threadId]', 'thread: true')}
      export const onLoop = ${toolText('on_loop', 'async () => [state, threadId]')}
      export async function setup() { state = 'of ' + threadId }
      export function dispose() { writeSync(1, 'disposed ' + state + '\\n') }`
    await using open = await toolsWith({ 'threads.mjs': threaded })
    const [plain, onLoop] = [await open.call('plain').outcome, await open.call('on_loop').outcome]
    const [, thread = 0] = plain.status === 'ok' && Array.isArray(plain.output) ? plain.output : []
    expect(thread).not.toBe(0)
    expect([plain, onLoop]).toEqual([ok([`of ${thread}`, thread]), ok(['of 0', 0])])
    await open.close()
    expect(lines(open).toSorted()).toEqual(['disposed of 0', `disposed of ${thread}`].toSorted())
    expect(open.notes).toEqual([])
  })

  it('is skipped where everything has to end at once', async () => {
    await using open = await toolsWith({ 'a.mjs': opened('a') })
    await open.call('a').outcome
    await open.close({ now: true })
    expect([lines(open), open.notes]).toEqual([['set up a'], []])
  })

  it('is not waited for where its host is blocked, which is said', async () => {
    const folder = toolFolder({
      'a.mjs': `${opened('a')}
        export const loops = ${toolText('loops', 'async () => { while (true); }')}
        export const slow = ${toolText('slow', 'async () => new Promise(() => {})')}`,
    })
    await using open = await openTools([], { paths: [folder.path] })
    const slow = open.call('slow')
    await slow.said('started')
    open.call('loops')
    await slow.said('held')
    await open.close()
    expect(open.notes).toEqual([
      `warning: "${folder.path}/a.mjs": was not disposed of: its host was blocked, or had crashed`,
    ])
    expect(await open.survivors()).toEqual([])
  })

  it('and setup may stand beside described functions, unless they are described themselves', async () => {
    const functions = `let state = 'none'
      export const show = () => state
      export const setup = () => { state = 'set up' }
      export const dispose = () => console.log('disposed of')`
    const description = (name: string) => ({ name, description: 'd', inputs: {}, effect: 'read' })
    await using open = await toolsWith({
      'tool_descriptions.json': JSON.stringify([description('show')]),
      'tool_funcs.mjs': functions,
    })
    expect(await open.call('show').outcome).toEqual(ok('set up'))
    await open.close()
    expect(lines(open)).toEqual(['disposed of'])
    await using other = await toolsWith({
      'tool_descriptions.json': JSON.stringify(['show', 'setup', 'dispose'].map(description)),
      'tool_funcs.mjs': functions,
    })
    expect(await other.call('show').outcome).toEqual(ok('none'))
    expect(other.tools.map(({ slotKind }) => slotKind)).toEqual(['thread', 'thread', 'thread'])
  })
})
