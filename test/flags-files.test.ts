import { linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NO_FLAGS } from '../src/flags.ts'
import { filesOf, refuseSharedFiles } from '../src/flags-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'agent-files-'))
mkdirSync(join(directory, 'sub'))
writeFileSync(join(directory, 'there'), '')
linkSync(join(directory, 'there'), join(directory, 'hard'))
symlinkSync(join(directory, 'there'), join(directory, 'soft'))
symlinkSync(join(directory, 'sub'), join(directory, 'folder'))

const refuse = (a: string, b: string) => () =>
  refuseSharedFiles(filesOf({ ...NO_FLAGS, output: a, record: b }), directory)

describe('files that two flags name', () => {
  it.each([
    ['new', 'new'],
    ['new', './sub/../new'],
    ['new', join(directory, 'new')],
    ['there', 'there'],
    ['there', 'hard'],
    ['there', 'soft'],
    ['sub/new', 'folder/new'],
  ])('may not be one: %s and %s', (a, b) => {
    expect(refuse(a, b)).toThrow(`-o and --record are one file: ${JSON.stringify(b)}`)
  })

  it.each([
    ['new', 'other'],
    ['there', 'new'],
    ['new', 'sub/new'],
    ['/dev/null', '/dev/null'],
    ['none/x', 'none/x'],
  ])('are two, or none: %s and %s', (a, b) => {
    expect(refuse(a, b)).not.toThrow()
  })

  it('may be any of those that a run writes or goes on from', () => {
    const named = filesOf({ ...NO_FLAGS, output: 'a', journal: 'b', record: 'c', replay: 'd' })
    for (const { what, path } of named) {
      const run = { what: 'the run', path: path ?? '' }
      expect(() => refuseSharedFiles([run, ...named], directory)).toThrow(`the run and ${what} are one file`)
    }
  })
})
