/** Builds dist/ before the tests where a source is newer than it, so that CLI tests run what is there. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export function setup(): void {
  execFileSync(process.execPath, [join(import.meta.dirname, '..', '..', 'build.mjs'), '--if-stale'], {
    stdio: 'inherit',
  })
}
