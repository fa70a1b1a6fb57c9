import { describe, expect, it } from 'vitest'
import type { PresentState } from '../../src/contract/journal-changes.ts'
import { journalChanges } from '../../src/contract/journal-changes.ts'

const tool = { name: 'look', source: 'module', effect: 'read' as const, digest: 'a' }
const then: PresentState = { version: '1.0.0', model: 'm', base_url: null, tools: [tool] }

describe('what has changed since a run was begun', () => {
  it('is nothing where all is the same', () => {
    expect(journalChanges(then, structuredClone(then))).toEqual([])
  })

  it.each<[string, Partial<PresentState>, string[]]>([
    ['the program', { version: '1.1.0' }, ['- agent 1.0.0', '+ agent 1.1.0']],
    ['the model', { model: 'n' }, ['- model m', '+ model n']],
    ['the server', { base_url: 'http://a' }, ['- base URL the default', '+ base URL http://a']],
    ['a schema', { tools: [{ ...tool, digest: 'b' }] }, ['~ tool look: its description or schema']],
    ['an effect', { tools: [{ ...tool, effect: 'write' }] }, ['~ tool look: effect write, was read']],
    ['a source', { tools: [{ ...tool, source: 'mcp:x' }] }, ['~ tool look: mcp:x, was module']],
    ['the tools', { tools: [{ ...tool, name: 'see' }] }, ['- tool look (module)', '+ tool see (module)']],
  ])('is told: %s', (_, change, lines) => {
    expect(journalChanges(then, { ...then, ...change })).toEqual(lines)
  })
})
