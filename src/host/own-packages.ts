/**
 * Lets tool files import `zod` and `agent-ask` where their own folders have none: then they get ours. A
 * package that the file's own folders hold always wins, and every other name is left alone.
 *
 * `require` gets a fallback of its own, since Node's hooks see it on new Nodes only. For `import` there
 * are hooks: on a Node without `registerHooks` they run in a thread, which costs 36 ms (Node 20), so
 * they are installed only where a file, or one that it imports, is seen to need them.
 */
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { builtFile } from './bundle.ts'
import { scanImports } from './import-scan.ts'
import { HOOKS_FILE, isMissing, isOwnPackage, ownFile, ownPackage } from './package-hooks.ts'

type Resolve = (this: unknown, request: string, parent: unknown, ...more: unknown[]) => unknown

const TYPESCRIPT = /\.[cm]?tsx?$/
let requireHasFallback = false
let importHasFallback = false

/** Before the file is imported. */
export function offerOwnPackages(file: string): void {
  if (!requireHasFallback) offerToRequire()
  requireHasFallback = true
  if (importHasFallback || !needsHooks(file)) return
  importHasFallback = true
  offerToImport()
}

/** Files in TypeScript do not count: what jiti makes of them finds packages by `require.resolve`. */
function needsHooks(file: string): boolean {
  return scanImports(file).some(
    ({ file: importer, imports, computes }) =>
      !TYPESCRIPT.test(importer) &&
      (computes || imports.some(({ specifier }) => isOwnPackage(specifier) && !hasPackage(importer, specifier))),
  )
}

function hasPackage(importer: string, specifier: string): boolean {
  const [name = ''] = specifier.split('/')
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', name))) return true
    if (folder === dirname(folder)) return false
  }
}

function offerToRequire(): void {
  const original: unknown = Reflect.get(nodeModule.Module, '_resolveFilename')
  // Not documented, but kept alive by all that patch it; without it, `require` has no fallback.
  if (typeof original !== 'function') return
  const own = nodeModule.createRequire(import.meta.url)
  const resolve: Resolve = function (this: unknown, request, parent, ...more) {
    try {
      return Reflect.apply(original, this, [request, parent, ...more])
    } catch (error) {
      if (!isOwnPackage(request) || !isMissing(error)) throw error
      // The form that `import` takes: a tool and its helpers get one copy of zod, whatever they are written in.
      if (!isTypeScript(parent)) return own.resolve(request)
      return ownFile(request, builtFile('')) ?? fileURLToPath(import.meta.resolve(request))
    }
  }
  Reflect.set(nodeModule.Module, '_resolveFilename', resolve)
}

function isTypeScript(parent: unknown): boolean {
  return typeof parent === 'object' && parent !== null && TYPESCRIPT.test(String(Reflect.get(parent, 'filename')))
}

function offerToImport(): void {
  const registerHooks: unknown = Reflect.get(nodeModule, 'registerHooks')
  if (typeof registerHooks !== 'function') {
    nodeModule.register(pathToFileURL(builtFile(HOOKS_FILE)), { data: builtFile('') })
    return
  }
  const resolve = (specifier: string, context: object, next: (specifier: string, context: object) => unknown) => {
    try {
      return next(specifier, context)
    } catch (error) {
      if (!isOwnPackage(specifier) || !isMissing(error)) throw error
      return next(...ownPackage(specifier, context, builtFile('')))
    }
  }
  Reflect.apply(registerHooks, nodeModule, [{ resolve }])
}
