/** Where journals are kept, and how a run is found by what it is called. */
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findRun, listRuns, makeRunsFolder } from '../../src/journal/runs-folder.ts'
import { journalFolder } from './events.ts'

const OLD = '01JAAAAAAAAAAAAAAAAAAAAAAA'
const MIDDLE = '01JBBBBBBBBBBBBBBBBBBBBBBB'
const NEW = '01JBCCCCCCCCCCCCCCCCCCCCCC'

function folderOf(...names: string[]): string {
  const folder = journalFolder()
  for (const name of names) writeFileSync(join(folder, name), '')
  return folder
}

describe('the folder of runs', () => {
  it('S11 is for its owner only, also where it was there before', () => {
    const state = journalFolder()
    const folder = join(state, 'agent', 'runs')
    expect(makeRunsFolder(folder, () => {})).toBe(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    chmodSync(folder, 0o755)
    makeRunsFolder(folder, () => {})
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('S11 is refused where it, or what it stands in, is a link', () => {
    for (const name of ['agent', 'agent/runs']) {
      const state = journalFolder()
      const target = journalFolder()
      if (name === 'agent/runs') mkdirSync(join(state, 'agent'))
      symlinkSync(target, join(state, name))
      expect(() => makeRunsFolder(join(state, 'agent', 'runs'), () => {})).toThrow(
        expect.objectContaining({ exitCode: 3, message: expect.stringContaining('is a link') }),
      )
      expect(listRuns(target)).toEqual([])
    }
  })

  it('that cannot be made is said, and done without', () => {
    const notices: string[] = []
    expect(makeRunsFolder('/proc/none/agent/runs', (level, text) => notices.push(`${level}: ${text}`))).toBeNull()
    expect(notices).toEqual([expect.stringMatching(/^warning: no journal is kept: "\/proc\/none\/agent\/runs" /)])
  })

  it('lists the newest first, and only what is a run', () => {
    const folder = folderOf(`${OLD}.jsonl`, `${NEW}.jsonl`, `${NEW}.jsonl.lock`, `${NEW}.jsonl.bak`, 'notes.jsonl')
    expect(listRuns(folder).map(({ runId }) => runId)).toEqual([NEW, OLD])
    expect(listRuns(join(folder, 'none'))).toEqual([])
  })
})

describe('a run', () => {
  const folder = () => folderOf(`${OLD}.jsonl`, `${MIDDLE}.jsonl`, `${NEW}.jsonl`)

  it.each([
    ['last', NEW],
    [OLD, OLD],
    ['01ja', OLD],
    ['01JBB', MIDDLE],
  ])('is found by %s', (name, runId) => {
    expect(findRun(name, { folder: folder(), directory: '/' }).runId).toBe(runId)
  })

  it('is found as a file, and known where it is one of ours', () => {
    const ours = folder()
    const own = folderOf('mine', '01J')
    expect(findRun('a/b', { folder: ours, directory: '/x' })).toEqual({ runId: null, path: '/x/a/b' })
    expect(findRun('mine.jsonl', { folder: ours, directory: own })).toEqual({
      runId: null,
      path: join(own, 'mine.jsonl'),
    })
    expect(findRun('mine', { folder: ours, directory: own })).toEqual({ runId: null, path: join(own, 'mine') })
    expect(findRun(join(ours, `${OLD}.jsonl`), { folder: ours, directory: '/' }).runId).toBe(OLD)
  })

  it.each([
    ['01JB', 'run-ambiguous'],
    ['01JX', 'no-run'],
    ['', 'no-run'],
  ])('is not found by "%s": %s', (name, code) => {
    expect(() => findRun(name, { folder: folder(), directory: '/' })).toThrow(
      expect.objectContaining({ code, exitCode: 3 }),
    )
  })

  it('is none where there are none', () => {
    expect(() => findRun('last', { folder: folderOf(), directory: '/' })).toThrow('there are no runs')
  })
})
