import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { lockRun } from '../../src/journal/lock.ts'
import { openPruning, removeRun } from '../../src/journal/prune.ts'
import { sideFolder } from '../../src/journal/side-file.ts'

/** No id is as late: each file is looked at. */
const AFTER_ALL = () => '7ZZZZZZZZZ'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Run ids in the order of their age, the oldest first, and their journals. */
function withRuns(count: number): { folder: string; paths: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'agent-prune-'))
  folders.push(folder)
  const paths = Array.from({ length: count }, (_, index) => {
    const path = join(folder, `01M87PV1AXFCPF8987Z8GEFC${String(index).padStart(2, '0')}.jsonl`)
    writeFileSync(path, 'x')
    return path
  })
  return { folder, paths }
}

function pruneAll(next: () => boolean): void {
  while (next());
}

describe('pruning', () => {
  it('keeps the newest runs, and takes side files along', () => {
    const { folder, paths } = withRuns(5)
    for (const path of paths) mkdirSync(sideFolder(path))
    pruneAll(openPruning(folder, { keep: 2, keepDays: 30 }, Date.now(), AFTER_ALL))
    expect(paths.map((path) => [existsSync(path), existsSync(sideFolder(path))])).toEqual([
      ...[
        [false, false],
        [false, false],
        [false, false],
      ],
      ...[
        [true, true],
        [true, true],
      ],
    ])
  })

  it('keeps none for longer than the days', () => {
    const { folder, paths } = withRuns(3)
    const longAgo = new Date(Date.now() - 31 * 86_400_000)
    utimesSync(paths[1] ?? '', longAgo, longAgo)
    pruneAll(openPruning(folder, { keep: 200, keepDays: 30 }, Date.now(), AFTER_ALL))
    expect(paths.map((path) => existsSync(path))).toEqual([true, false, true])
  })

  it('looks at no file of a run that was begun within the days', () => {
    const { folder, paths } = withRuns(3)
    const longAgo = new Date(Date.now() - 31 * 86_400_000)
    for (const path of paths) utimesSync(path, longAgo, longAgo)
    pruneAll(openPruning(folder, { keep: 200, keepDays: 30 }, Date.now(), () => '01M87PV1AXFCPF8987Z8GEFC01'))
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, true])
  })

  it('takes away what killed processes have left of locks, once it is a day old', () => {
    const { folder, paths } = withRuns(1)
    const [path = ''] = paths
    const parts = ['.lock.aa.new', '.lock.bb', '.lock.cc.new', '.lock'].map((end) => `${path}${end}`)
    for (const part of parts) writeFileSync(part, '{}')
    const longAgo = new Date(Date.now() - 2 * 86_400_000)
    for (const part of [...parts.slice(0, 2), parts[3] ?? '']) utimesSync(part, longAgo, longAgo)
    pruneAll(openPruning(folder, { keep: 200, keepDays: 30 }, Date.now(), AFTER_ALL))
    expect(parts.map((part) => existsSync(part))).toEqual([false, false, true, true])
  })

  it('leaves a run alone that is being written, and files that are none', () => {
    const { folder, paths } = withRuns(2)
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    const [oldest = ''] = paths
    const lock = lockRun(oldest)
    pruneAll(openPruning(folder, { keep: 0, keepDays: 1 }, Date.now(), AFTER_ALL))
    expect(removeRun(oldest)).toBe('locked')
    expect(removeRun(`${oldest}.gone`)).toBe('gone')
    lock.release()
    expect(
      readdirSync(folder)
        .filter((name) => !name.endsWith('.lock'))
        .sort(),
    ).toEqual([oldest.split('/').at(-1), 'notes.txt'].sort())
  })

  it('removes one at a time', () => {
    const { folder } = withRuns(3)
    const next = openPruning(folder, { keep: 0, keepDays: 1 }, Date.now(), AFTER_ALL)
    expect([next(), next(), next(), next()]).toEqual([true, true, false, false])
    expect(readdirSync(folder)).toEqual([])
  })
})
