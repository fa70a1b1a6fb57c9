/** Real servers from npm, run as a user would have them run. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { OkOutcome } from '../../src/contract/outcome.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { EVERYTHING, ended, FAULTY, FILESYSTEM, type McpAttempt, MEMORY, node, openMcp } from './mcp-rig.ts'

const everything = () => openMcp([node(EVERYTHING, 'stdio')])

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'agent-mcp-')))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function ok(attempt: McpAttempt): Promise<OkOutcome> {
  const outcome = await attempt.outcome
  if (outcome.status !== 'ok') throw new Error(`${outcome.status}: ${outcome.error.message}`)
  return outcome
}

describe('server-everything', () => {
  it('answers in every kind of content', async () => {
    const mcp = await everything()
    expect(await ended(mcp.call('echo', { message: 'hi' }))).toBe('Echo: hi')
    expect(await ended(mcp.call('get-structured-content', { location: 'Chicago' }))).toMatchObject({
      conditions: expect.any(String),
    })
    const picture = await ok(mcp.call('get-tiny-image'))
    expect(picture.content?.map(({ type }) => type)).toEqual(['text', 'image', 'text'])
    const links = await ok(mcp.call('get-resource-links', { count: 2 }))
    expect(links.content?.at(-1)).toEqual({ type: 'text', text: expect.stringContaining('demo://resource/') })
    const embedded = await ok(mcp.call('get-resource-reference', { resourceType: 'Text', resourceId: 1 }))
    expect(JSON.stringify(embedded.content)).toContain('demo://resource/dynamic/text/1:')
    const annotated = await ok(mcp.call('get-annotated-message', { messageType: 'error', includeImage: true }))
    expect(annotated.content?.map(({ type }) => type)).toEqual(['text', 'image'])
  })

  it('is not called with input that does not fit', async () => {
    const mcp = await everything()
    const call = mcp.call('echo', { message: 3 })
    expect(await ended(call)).toEqual(['invalid_input', 'invalid_input', expect.stringContaining('input.message')])
    expect(call.clock).toEqual([])
  })

  it('tells of progress, which gives a call more time', async () => {
    const call = (await everything()).call('trigger-long-running-operation', { duration: 0.2, steps: 2 })
    expect(await ended(call)).toContain('completed')
    expect(call.clock.slice(0, 2)).toEqual(['started', 'progress'])
  })

  it('has six calls in hand at once: five end while the first is still going on', async () => {
    const mcp = await everything()
    const operate = (duration: number) => mcp.call('trigger-long-running-operation', { duration, steps: 1 })
    const long = operate(600)
    const others = Array.from({ length: 5 }, () => operate(0.1))
    await Promise.all(others.map(ok))
    long.abort()
    expect(await ended(long)).toContain('canceled')
  })

  it('says which tools need what is not there', async () => {
    const { tools, notes } = await everything()
    expect(tools.map(({ name }) => name)).not.toContain('mcp__server-everything__simulate-research-query')
    expect(notes).toContainEqual(expect.stringMatching(/^info: .*simulate-research-query": it runs as a task only/))
  })
})

it('server-filesystem reads and writes in its folder, and says where it may not', async () => {
  const path = folder()
  writeFileSync(join(path, 'a.txt'), 'the file')
  const mcp = await openMcp([node(FILESYSTEM, path)])
  expect(JSON.stringify(await ended(mcp.call('read_text_file', { path: join(path, 'a.txt') })))).toContain('the file')
  await ok(mcp.call('write_file', { path: join(path, 'b.txt'), content: 'new' }))
  expect(JSON.stringify((await ok(mcp.call('list_directory', { path }))).output)).toContain('b.txt')
  expect(await ended(mcp.call('read_text_file', { path: '/etc/hostname' }))).toEqual([
    'failed',
    'tool_error',
    expect.stringContaining('Access denied'),
  ])
  const effects = Object.fromEntries(mcp.tools.map((tool) => [tool.name.replace(/.*__/, ''), tool]))
  expect(effects['read_text_file']).toMatchObject({ effect: 'read', destructive: false })
  expect(effects['write_file']).toMatchObject({ effect: 'idempotent', destructive: true })
})

it('server-memory gets the variables of its entry', async () => {
  const path = folder()
  const file = join(path, 'servers.json')
  const env = { MEMORY_FILE_PATH: join(path, 'memory.jsonl') }
  const entry = { command: process.execPath, args: [MEMORY], env }
  writeFileSync(file, JSON.stringify({ mcpServers: { memory: entry } }))
  const mcp = await openMcp([file])
  const entities = [{ name: 'Ada', entityType: 'person', observations: ['likes engines'] }]
  await ok(mcp.call('mcp__memory__create_entities', { entities }))
  const again = await openMcp([file])
  expect(JSON.stringify((await ok(again.call('read_graph'))).output)).toContain('likes engines')
})

describe('the end of servers', () => {
  it('leaves nobody behind, however they like it', async () => {
    for (const options of [{ now: false }, { now: true }]) {
      const mcp = await openMcp([
        node(EVERYTHING, 'stdio'),
        node(FAULTY),
        node(FAULTY, 'stay=1'),
        `sh -c "sleep 100 & exec ${node(MEMORY).replaceAll("'", '')}"`,
      ])
      expect(mcp.notes.filter((note) => note.startsWith('warning'))).toEqual([])
      await mcp.close(options)
      expect(await mcp.survivors()).toEqual([])
    }
  })

  it('T11 comes after 30 s where they do not start, and the others work', async () => {
    const clock = openFakeClock()
    const opening = openMcp([node(FAULTY, 'start=never'), node(MEMORY)], {}, clock)
    let open = false
    opening.then(() => {
      open = true
    })
    // Waits for real processes; the time that counts is the clock's.
    await expect.poll(() => clock.due.filter((at) => at === 30_000).length, { timeout: 20_000 }).toBe(1)
    await clock.advance(30_000)
    await expect.poll(() => open, { timeout: 20_000 }).toBe(true)
    const mcp = await opening
    expect(mcp.notes).toContain(
      'warning: the MCP server "faulty-mcp" did not start: it was not ready within 30 s; the run goes on without it',
    )
    expect(mcp.tools.length).toBe(9)
  })
})
