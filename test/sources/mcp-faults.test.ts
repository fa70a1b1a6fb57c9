/** Servers that do wrong: what their calls end with, and that the run goes on. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AgentError } from '../../src/contract/error.ts'
import { ended, FAULTY, node, openMcp } from './mcp-rig.ts'

const faulty = (...faults: string[]) => openMcp([node(FAULTY, ...faults)])

function logFile(): { path: string; heard: () => { method?: string; params?: Record<string, unknown> }[] } {
  const folder = mkdtempSync(join(tmpdir(), 'agent-mcp-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'log')
  const heard = () =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  return { path, heard }
}

const FELL = 'exit code 7; it said: about to fall'

describe('T11 a server that crashes in a call', () => {
  it('fails that call with its last words, and is started again by the next one', async () => {
    const mcp = await faulty()
    expect(await ended(mcp.call('crash'))).toEqual([
      'failed',
      'server_crashed',
      `the server ended in the call: ${FELL}`,
    ])
    expect(mcp.notes.at(-1)).toBe(`warning: MCP server "faulty-mcp" ended; the next call starts it again: ${FELL}`)
    const [one, two] = [mcp.call('echo', { text: 'a' }), mcp.call('echo', { text: 'b' })]
    expect([await ended(one), await ended(two)]).toEqual(['a', 'b'])
    expect(one.clock).toEqual(['started'])
  })

  it('is not started a third time', async () => {
    const mcp = await faulty()
    await mcp.call('crash').outcome
    await mcp.call('crash').outcome
    const last = mcp.call('echo')
    expect(await ended(last)).toEqual([
      'failed',
      'server_crashed',
      expect.stringContaining('it ended twice, last: exit code 7'),
    ])
    expect(last.clock).toEqual([])
  })

  it('has failed it for good, where nothing else ran there', async () => {
    const mcp = await faulty()
    for (const name of ['crash', 'write_crash'])
      expect(await mcp.call(name).outcome).toMatchObject({ status: 'failed', retryable: false })
  })

  it('interrupts writes that shared it, and runs reads again', async () => {
    const mcp = await faulty()
    const [write, read, crash] = [mcp.call('write_never'), mcp.call('slow'), mcp.call('write_crash')]
    for (const call of [write, crash])
      expect(await ended(call)).toEqual(['interrupted', 'server_lost', expect.stringContaining('may have happened')])
    expect(await ended(read)).toBe('done')
    expect(read.clock).toEqual(['started', 'held', 'startedAnew'])
  })

  it('fails the guilty one of those that shared it, and serves the others and later calls', async () => {
    const mcp = await faulty()
    const calls = [mcp.call('slow'), mcp.call('crash'), mcp.call('slow'), mcp.call('slow')]
    await mcp.noted('ended; the next call starts it again')
    const later = mcp.call('echo', { text: 'later' })
    const [first, crash, ...others] = await Promise.all(calls.map(ended))
    expect([first, others]).toEqual(['done', ['done', 'done']])
    expect(crash).toEqual(['failed', 'server_crashed', `the server ended in the call: ${FELL}`])
    expect(await ended(later)).toBe('later')
    expect(later.clock).toEqual(['started'])
    expect(mcp.notes.join()).not.toContain('not started again')
  })

  it('keeps no call waiting that is given up before its turn comes', async () => {
    const mcp = await faulty()
    const [first, second] = [mcp.call('never'), mcp.call('never')]
    mcp.call('write_crash')
    await first.said('startedAnew')
    for (const call of [second, first]) {
      call.abort()
      expect(await call.outcome).toMatchObject({ status: 'canceled' })
    }
    expect(await ended(mcp.call('echo', { text: 'x' }))).toBe('x')
  })

  it('fails later calls at once where it cannot be started again', async () => {
    const { path } = logFile()
    const mcp = await faulty(`once=${path}`)
    await mcp.call('crash').outcome
    expect(await ended(mcp.call('echo'))).toContainEqual(
      expect.stringContaining('exit code 3; it said: cannot read my settings'),
    )
    expect(mcp.notes.filter((note) => note.startsWith('warning')).at(-1)).toContain('did not start again')
    expect(await ended(mcp.call('echo'))).toContain('server_crashed')
  })

  it('does not keep a canceled call that waits for its start', async () => {
    const mcp = await faulty('delay=200')
    await mcp.call('crash').outcome
    const call = mcp.call('echo')
    call.abort()
    expect(await ended(call)).toContain('canceled')
    expect(call.clock).toEqual([])
    expect(await ended(mcp.call('echo', { text: 'x' }))).toBe('x')
  })
})

describe('T11 a server that does wrong without ending', () => {
  it('may leave without a call, and is started again by the next one', async () => {
    const mcp = await faulty('start=leave_later')
    await mcp.noted('ended; the next call starts it again: exit code 4')
    expect(await ended(mcp.call('echo', { text: 'x' }))).toBe('x')
  })

  it('has garbage on its stdout passed over, with one warning', async () => {
    const mcp = await faulty()
    expect(await ended(mcp.call('garbage'))).toBe('after garbage')
    expect(await ended(mcp.call('garbage'))).toBe('after garbage')
    const warnings = mcp.notes.filter((note) => note.startsWith('warning'))
    expect(warnings).toEqual([expect.stringContaining('passed over: Hello from the server!')])
  })

  it('is told when its call has taken too long, and its late answer is dropped', async () => {
    const { path, heard } = logFile()
    const mcp = await faulty(`log=${path}`)
    const call = mcp.call('never')
    await call.said('started')
    call.timeOut()
    expect(await ended(call)).toContain('canceled')
    expect(await ended(mcp.call('echo', { text: 'x' }))).toBe('x')
    const canceled = heard().filter(({ method }) => method === 'notifications/cancelled')
    expect(canceled.map(({ params }) => params?.['reason'])).toEqual(['its time is up'])
  })

  it('is ended where it sends a message that has no end', async () => {
    const mcp = await faulty()
    const before = process.memoryUsage().rss
    expect(await ended(mcp.call('huge'))).toContainEqual(expect.stringContaining('a message of more than 64 MiB'))
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
    expect(await ended(mcp.call('echo', { text: 'x' }))).toBe('x')
  })

  it('is ended where it closes its stdout', async () => {
    const mcp = await faulty()
    expect(await ended(mcp.call('close_stdout'))).toContainEqual(expect.stringContaining('it closed its stdout'))
  })

  it('keeps the tools that it began with', async () => {
    const mcp = await faulty()
    expect(await ended(mcp.call('change_list'))).toBe('changed')
    expect(mcp.notes).toContainEqual(expect.stringContaining('info: MCP server "faulty-mcp" has changed its tools'))
  })

  it('has failed a call where its answer is an error or no result', async () => {
    const mcp = await faulty()
    expect(await ended(mcp.call('refuse'))).toEqual(['failed', 'server_error', 'not like this (-32602)'])
    expect(await ended(mcp.call('nonsense'))).toEqual(['failed', 'bad_result', 'the answer is none: "no object"'])
  })

  it('may ask for a ping and for nothing else', async () => {
    const mcp = await faulty()
    expect(JSON.parse(String(await ended(mcp.call('ask_back'))))).toEqual([{}, -32601, -32601, -32601, -32601])
  })

  it('has its progress told', async () => {
    const mcp = await faulty()
    const call = mcp.call('progress')
    expect(await ended(call)).toBe('done')
    expect(call.clock).toEqual(['started', 'progress', 'progress'])
  })
})

describe('a canceled call', () => {
  it('ends at once where it only reads, and its server is told', async () => {
    const { path, heard } = logFile()
    const mcp = await faulty(`log=${path}`)
    const call = mcp.call('never')
    await call.said('started')
    call.abort()
    expect(await ended(call)).toContain('canceled')
    await mcp.call('echo').outcome
    const request = heard().findIndex(({ method }) => method === 'tools/call')
    expect(heard()[request + 1]).toMatchObject({
      method: 'notifications/cancelled',
      params: { reason: 'it is canceled' },
    })
  })

  it('that writes has its answer awaited, and its server is told all the same', async () => {
    const { path, heard } = logFile()
    const mcp = await faulty(`log=${path}`)
    const call = mcp.call('write_slowly')
    await call.said('started')
    call.abort()
    expect(await ended(call)).toBe('written')
    expect(heard().at(-1)).toMatchObject({ method: 'notifications/cancelled' })
  })

  it('that writes is interrupted where its server is ended under it', async () => {
    const mcp = await faulty()
    const call = mcp.call('write_never')
    await call.said('started')
    call.abort()
    await mcp.close()
    expect(await ended(call)).toContain('interrupted')
  })
})

describe('T11 a server that does not start', () => {
  const starts: [string, string[], string][] = [
    ['that ends at once', ['start=exit'], 'it ended: exit code 3; it said: cannot read my settings'],
    ['that ends after initialize', ['start=leave'], 'it ended: exit code 0'],
    ['that answers with an error', ['start=refuse'], 'it answered with an error: not today (-32603)'],
    ['of another protocol', ['start=old'], "Server's protocol version is not supported: 1999-01-01"],
  ]
  for (const [which, faults, reason] of starts) {
    it(`${which} is told, and the others work`, async () => {
      const mcp = await openMcp([node(FAULTY, ...faults), node(FAULTY)])
      expect(mcp.notes).toContainEqual(
        `warning: the MCP server "faulty-mcp" did not start: ${reason}; the run goes on without it`,
      )
      expect(await ended(mcp.call('mcp__faulty-mcp_2__echo', { text: 'x' }))).toBe('x')
      await mcp.close()
      expect(await mcp.survivors()).toEqual([])
    })

    it(`${which} ends the run under --require-mcp`, async () => {
      const error: AgentError = await openMcp([node(FAULTY, ...faults)], { requireMcp: true }).then(
        () => Promise.reject(new Error('it opened')),
        (thrown) => thrown,
      )
      expect([error.exitCode, error.message]).toEqual([3, `the MCP server "faulty-mcp" did not start: ${reason}`])
    })
  }

  it('is told where its folder is not there', async () => {
    const { path } = logFile()
    const file = `${path}.json`
    const entry = { command: process.execPath, args: [FAULTY], cwd: 'no-such-folder' }
    writeFileSync(file, JSON.stringify({ mcpServers: { one: entry } }))
    expect((await openMcp([file])).notes).toEqual([
      expect.stringMatching(/its folder ".*no-such-folder" does not exist/),
    ])
  })

  it('is told where there is no such program', async () => {
    const mcp = await openMcp(['no-such-program-here --flag', `'${FAULTY}'`])
    expect(mcp.notes).toEqual([
      expect.stringContaining('"no-such-program-here" did not start: "no-such-program-here" was not found'),
      expect.stringMatching(/"faulty-mcp" did not start: .* is not executable/),
    ])
  })
})

describe('a list of tools', () => {
  it('is collected page by page, and no further than its end', async () => {
    expect((await faulty('pages=three')).tools.map(({ name }) => name)).toEqual(
      [0, 1, 2].map((page) => `mcp__faulty-mcp__page_${page}`),
    )
    const endless = await faulty('pages=endless')
    expect(endless.tools.length).toBe(2)
    expect(endless.notes).toContainEqual(expect.stringContaining('its list of tools has no end'))
    const growing = await faulty('pages=growing')
    expect(growing.tools.length).toBe(500)
    expect(growing.notes).toContainEqual(expect.stringContaining('only its first 500 tools are used'))
  })

  it('has tools left out that no model could be given', async () => {
    const mcp = await faulty('tools=wrong')
    expect(mcp.tools.map(({ name, description, input_schema }) => [name, description, input_schema])).toEqual([
      ['mcp__faulty-mcp__good', 'For tests: good.', { type: 'object' }],
      ['mcp__faulty-mcp__bare', 'A title', { type: 'object' }],
    ])
    const told = mcp.notes.map((note) => note.replace('warning: MCP server "faulty-mcp": left out: ', ''))
    expect(told).toEqual([
      '"no_object": its schema is wrong: type: a tool\'s input is an "object"',
      expect.stringContaining('"no_pattern": its schema is wrong: properties.a.pattern'),
      '"no_schema": it has no schema',
      'a tool without a name',
      '"mcp__faulty-mcp__good" stands twice in its list',
    ])
    expect((await faulty('tools=none')).notes).toContainEqual(expect.stringContaining('it offers no tools'))
  })

  it('has its hints turned into effects', async () => {
    const { tools } = await faulty()
    const facts = Object.fromEntries(
      tools.map(({ name, effect, destructive }) => [name.replace(/.*__/, ''), [effect, destructive]]),
    )
    expect(facts).toMatchObject({
      echo: ['read', false],
      write_never: ['write', false],
      destroy: ['write', true],
      destroy_nothing: ['read', false],
      set: ['idempotent', false],
    })
  })
})

it('S2 a server gets the allowed variables and those of its entry', async () => {
  const mcp = await openMcp([node(FAULTY)], { environment: { MINE: '1' }, variables: { MINE: '1' } })
  const environment = await ended(mcp.call('environment'))
  expect(Object.keys(Object(environment)).sort()).toEqual(['LC_AGENT_TEST_RUN', 'PATH'])
})
