/**
 * Finds what was built: dist/, beside the package.json above this file. It works from the bundle and
 * from the sources alike, so tests run what users run.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @throws Error if this file stands in no package: a broken installation */
export function distFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder)
    if (above === folder) throw new Error(`no package.json above ${import.meta.url}`)
    folder = above
  }
  return join(folder, 'dist')
}
