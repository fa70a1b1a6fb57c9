/**
 * Runs a file of the user's and gives its exports: `.js .mjs` by plain import, `.ts .mts` through jiti,
 * which is loaded with the first of them.
 */
import { pathToFileURL } from 'node:url'
import { isBuilt } from './bundle.ts'
import { offerOwnPackages } from './own-packages.ts'

const TYPESCRIPT = /\.m?ts$/

/** Rejects with whatever the file threw. */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  if (!isBuilt(file)) offerOwnPackages(file)
  if (!TYPESCRIPT.test(file)) return import(pathToFileURL(file).href)
  const { importTypeScript } = await import('./typescript.ts')
  return importTypeScript(file)
}
