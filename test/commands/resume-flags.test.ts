import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { flagsToGoOn, placedFlags } from '../../src/commands/resume-flags.ts'
import type { ToolSaying } from '../../src/contract/tool-override.ts'
import { NO_FLAGS } from '../../src/flags.ts'

const then = {
  ...NO_FLAGS,
  ...{ model: 'm', tools: ['./evil.mjs'], mcp: ['evil'], allow: ['run_command'], baseUrl: 'http://evil', root: '/' },
  ...{ config: 'evil.json', system: '@/etc/passwd', maxTurns: 7, json: true, output: 'file', allowDotfiles: true },
  ...{ otel: 'http://evil:4318', otelContent: true },
}
const journaled = JSON.parse(JSON.stringify(then))

describe('the flags of a run that goes on', () => {
  it('are those of its beginning, and over them what is typed now', () => {
    const now = { ...NO_FLAGS, timeoutMs: 5, maxTurns: 9, quiet: true }
    const { json, output, ...kept } = then
    expect(flagsToGoOn(journaled, now, true)).toEqual({ ...NO_FLAGS, ...kept, timeoutMs: 5, maxTurns: 9, quiet: true })
    expect([json, output]).toEqual([true, 'file'])
  })

  it('take neither code nor server, file or permission from a journal that is not our own', () => {
    expect(flagsToGoOn(journaled, NO_FLAGS, false)).toEqual({ ...NO_FLAGS, model: 'm', maxTurns: 7 })
  })

  it('add to what was denied, and to what was said of tools; the last that is said of one holds', () => {
    const says = (timeout_ms: number): ToolSaying => ({ from: 'x', flag: null, pattern: null, says: { timeout_ms } })
    const before = { ...NO_FLAGS, deny: ['a'], only: ['x'], toolSayings: [says(1)] }
    const now = { ...NO_FLAGS, deny: ['b'], only: ['y'], toolSayings: [says(2)] }
    const journaled = JSON.parse(JSON.stringify(before))
    expect(flagsToGoOn(journaled, now, true)).toEqual({
      ...NO_FLAGS,
      deny: ['a', 'b'],
      only: ['y'],
      toolSayings: [says(1), says(2)],
    })
    // A journal from elsewhere may forbid, but says nothing else of tools.
    expect(flagsToGoOn(journaled, now, false)).toMatchObject({ deny: ['a', 'b'], toolSayings: [says(2)] })
    expect(flagsToGoOn({ deny: 'all' }, now, false).deny).toEqual(['b'])
  })

  it('take a schema from any journal, but no file of one', () => {
    for (const trusted of [true, false]) {
      expect(flagsToGoOn({ schema: '{"type":"object"}' }, NO_FLAGS, trusted).schema).toBe('{"type":"object"}')
      expect(flagsToGoOn({ schema: '/etc/passwd' }, NO_FLAGS, trusted).schema).toBeNull()
    }
  })

  it('take nothing that is no flag', () => {
    expect(flagsToGoOn({ __proto__: 1, constructor: 2, nonsense: 3 }, NO_FLAGS, true)).toEqual(NO_FLAGS)
  })

  it('mean paths from where they are typed, whatever folder the run was begun in', () => {
    const directory = mkdtempSync(join(tmpdir(), 'agent-flags-'))
    writeFileSync(join(directory, 'servers.json'), '{}')
    const typed = { tools: ['t.mjs', '/abs'], mcp: ['servers.json', 'node server.js', 'https://a.example'], root: '.' }
    const files = { system: '@s.md', config: 'c.json', journal: 'j.jsonl', record: 'r.json', replay: null }
    expect(placedFlags({ ...NO_FLAGS, ...typed, ...files }, directory)).toEqual({
      ...NO_FLAGS,
      tools: [join(directory, 't.mjs'), '/abs'],
      mcp: [join(directory, 'servers.json'), 'node server.js', 'https://a.example'],
      root: directory,
      system: `@${join(directory, 's.md')}`,
      config: join(directory, 'c.json'),
      journal: join(directory, 'j.jsonl'),
      record: join(directory, 'r.json'),
    })
    expect(placedFlags({ ...NO_FLAGS, system: 'be short' }, directory)).toEqual({ ...NO_FLAGS, system: 'be short' })
  })
})
