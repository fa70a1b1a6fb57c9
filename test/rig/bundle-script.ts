/**
 * Bundles a driver script of this folder, with the sources it imports, so that it can be run by
 * plain node in a process, a pipe or a terminal of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

export type Driver = { file: string; folder: string; remove: () => void }

export async function bundleDriver(name: string): Promise<Driver> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-reporters-'))
  const bundle = await rolldown({ input: join(import.meta.dirname, `${name}.ts`), platform: 'node' })
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
  return { file: join(folder, `${name}.mjs`), folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
