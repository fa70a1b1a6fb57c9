/** Builds dist/ before the tests where a source is newer than it, so that CLI tests run what is there. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

export function setup(): void {
  const built = join(root, 'dist', 'tools', 'definitions.json')
  const newest = Math.max(...['src', 'tools', 'build.mjs', 'package.json'].map((path) => newestIn(join(root, path))))
  if (existsSync(built) && statSync(built).mtimeMs > newest) return
  execFileSync(process.execPath, [join(root, 'build.mjs')], { stdio: 'inherit' })
}

function newestIn(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))))
}
