/**
 * Says of a tool file that does not load what is wrong, and where: in the file itself, or in one that it
 * imports, which is then named. It looks at what was thrown first, and reads files only where that
 * tells nothing.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { CallError } from '../contract/outcome.ts'
import { isBuilt } from './bundle.ts'
import { functionsFileOf } from './described-functions.ts'
import { type ScannedFile, scanImports } from './import-scan.ts'
import { isMissing } from './package-hooks.ts'
import { DESCRIPTIONS_FILE } from './protocol.ts'
import { thrownError } from './thrown.ts'
import { ToolFileError } from './tool-file-error.ts'

export type LoadFault = {
  error: CallError
  /** Of the tool file; null where it is not known, or the fault is in another file, which `error` names. */
  line: number | null
}

type Place = { file: string; line: number }

/** `at f (file:///a/b.mjs:3:7)`, `at /a/b.ts:3:7`, and the first line of some syntax errors. */
const FRAME = /^(?:\s*at (?:async )?(?:.*\()?)?((?:file:\/\/)?\/.*?):(\d+)(?::\d+)?\)?$/gm
/** `error` of Node's for `import`, and for `require` and jiti. */
const MISSING = [
  /^Cannot find (package|module) '([^']+)' imported from (.+)$/,
  /^Cannot find (module) '([^']+)'\nRequire stack:\n- (.+)/,
]

export async function loadFault(file: string, thrown: unknown): Promise<LoadFault> {
  const error = thrownError(thrown)
  if (thrown instanceof ToolFileError) return { error, line: thrown.line }
  const missing = isMissing(thrown) ? missingImport(file, error.message) : null
  const place = missing?.place ?? ownPlace(thrown) ?? framePlace(thrown) ?? (await syntaxErrorPlace(file, thrown))
  const code = missing?.code ?? (thrown instanceof SyntaxError ? 'syntax_error' : 'load_error')
  const message = missing?.message ?? error.message.trim()
  if (place === null || isSame(place.file, file)) return { error: { code, message }, line: place?.line ?? null }
  return { error: { code, message: `${message} (${place.file}:${place.line})` }, line: null }
}

function isSame(one: string, other: string): boolean {
  return one === other || (!isDescribed(other) && one === scanned(other)[0]?.file)
}

/** Of described functions, the code stands in another file. */
function isDescribed(file: string): boolean {
  return basename(file) === DESCRIPTIONS_FILE
}

/** Of the last file asked for: one fault asks several times. */
let last: { file: string; files: ScannedFile[] } | null = null
function scanned(file: string): ScannedFile[] {
  if (last?.file !== file) last = { file, files: scanImports(isDescribed(file) ? functionsFileOf(file) : file) }
  return last.files
}

/** A package or a file that an import names and that is not there. */
function missingImport(file: string, text: string): { code: string; message: string; place: Place | null } | null {
  const match = MISSING.map((pattern) => pattern.exec(text)).find((found) => found !== null)
  const [, kind, name = '', importer = ''] = match ?? []
  if (!match) return null
  const isPath = /^\.{0,2}\//.test(name)
  const place = importOf(file, name, importer.startsWith('file:') ? fileURLToPath(importer) : importer)
  const shown = isPath ? (place?.specifier ?? name) : name
  return {
    code: isPath ? 'missing_file' : 'missing_package',
    message: `cannot find ${kind === 'package' || !isPath ? 'package' : 'file'} "${shown}"`,
    place,
  }
}

/** Where `importer` names what was not found: by a package's name, or by the end of a path. */
function importOf(file: string, name: string, importer: string): (Place & { specifier: string }) | null {
  const found = scanned(file).find((one) => one.file === importer)
  const same = found?.imports.find(({ specifier }) => specifier === name)
  const like = found?.imports.find(
    ({ specifier, file: there }) =>
      there === null &&
      (specifier.startsWith(`${name}/`) || (name.startsWith('/') && basename(specifier) === basename(name))),
  )
  const hit = same ?? like
  return hit ? { file: importer, line: hit.line, specifier: hit.specifier } : null
}

/** A CompileError says it itself. */
function ownPlace(thrown: unknown): Place | null {
  if (!(thrown instanceof SyntaxError)) return null
  const file: unknown = Reflect.get(thrown, 'file')
  const line: unknown = Reflect.get(thrown, 'line')
  return typeof file === 'string' && typeof line === 'number' ? { file, line } : null
}

/** The topmost frame of a file that is neither a package's nor ours. */
function framePlace(thrown: unknown): Place | null {
  const stack: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'stack') : undefined
  if (typeof stack !== 'string') return null
  for (const [, at = '', line] of stack.matchAll(FRAME)) {
    const file = at.startsWith('file:') ? fileURLToPath(at) : at
    if (!isBuilt(file) && !file.includes('/node_modules/')) return { file, line: Number(line) }
  }
  return null
}

/** The stack of a syntax error often names no file; `node --check` prints it first. */
async function syntaxErrorPlace(file: string, thrown: unknown): Promise<Place | null> {
  if (!(thrown instanceof SyntaxError)) return null
  for (const { file: one } of scanned(file)) {
    // Of TypeScript the compiler has said it.
    if (!/\.[cm]?js$/.test(one)) continue
    const line = await checkedLine(one)
    if (line !== null) return { file: one, line }
  }
  return null
}

/** Of a `.js` whose folder does not say so, Node 20 checks only what is CommonJS: it is checked as a module too. */
async function checkedLine(file: string): Promise<number | null> {
  return (await checkBy([file], file)) ?? (file.endsWith('.js') ? checkBy(['--input-type=module', '-'], file) : null)
}

/** @param input  arguments of node; with `-` it reads the file from stdin */
function checkBy(input: readonly string[], file: string): Promise<number | null> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--check', ...input], (_, _stdout, stderr) => {
      const first = stderr.split('\n', 1)[0] ?? ''
      const line = Number(/:(\d+)$/.exec(first)?.[1])
      const names = [file, pathToFileURL(file).href, '[stdin]'].some((name) => first.includes(name))
      resolve(names && !Number.isNaN(line) ? line : null)
    })
    // What breaks this pipe has been told on stderr.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input.includes('-') ? readFileSync(file) : '')
  })
}
