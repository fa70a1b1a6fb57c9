/** The package built anew with a map beside each of its files, in a folder of its own from which it can be run. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..', '..')

export type MappedBuild = {
  folder: string
  /** Of all that is in dist/, relative to it. */
  files: string[]
  remove(): void
}

export async function buildWithMaps(): Promise<MappedBuild> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-mapped-'))
  const dist = join(folder, 'dist')
  await promisify(execFile)(process.execPath, [join(ROOT, 'build.mjs'), '--out', dist, '--source-maps'])
  for (const name of ['bin', 'package.json']) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    files: readdirSync(dist, { recursive: true, encoding: 'utf8' }),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
