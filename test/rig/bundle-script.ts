/**
 * Bundles a script with the sources that it imports, so that it can be run by plain node in a process, a pipe or a
 * terminal of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'

export type BundledScript = { file: string; folder: string; remove: () => void }

/** @param path  absolute, of a `.ts` file */
export async function bundleScript(path: string): Promise<BundledScript> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-script-'))
  const bundle = await rolldown({ input: path, platform: 'node', logLevel: 'silent' })
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
  const file = join(folder, `${basename(path, '.ts')}.mjs`)
  return { file, folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
