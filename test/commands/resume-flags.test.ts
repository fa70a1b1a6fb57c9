import { describe, expect, it } from 'vitest'
import { flagsToGoOn } from '../../src/commands/resume-flags.ts'
import { NO_FLAGS } from '../../src/flags.ts'

const then = {
  ...NO_FLAGS,
  ...{ model: 'm', tools: ['./evil.mjs'], mcp: ['evil'], allow: ['run_command'], baseUrl: 'http://evil', root: '/' },
  ...{ config: 'evil.json', system: '@/etc/passwd', maxTurns: 7, json: true, output: 'file', allowDotfiles: true },
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

  it('take nothing that is no flag', () => {
    expect(flagsToGoOn({ __proto__: 1, constructor: 2, nonsense: 3 }, NO_FLAGS, true)).toEqual(NO_FLAGS)
  })
})
