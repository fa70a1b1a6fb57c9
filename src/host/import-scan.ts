/**
 * Reads which files a tool file imports, without running any: for the decision whether our own packages
 * are needed (own-packages.ts), and for the line of an import that fails (load-fault.ts). It looks for
 * what reads like an import, also in comments and strings, so its answer is a superset; imports whose
 * path is computed it cannot see and only says that there are some.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export type ScannedImport = {
  specifier: string
  /** Counted from 1. */
  line: number
  /** Absolute path of the file that it means; null where it means a package, or nothing that is there. */
  file: string | null
}

export type ScannedFile = {
  /** Without symbolic links, as Node names modules. */
  file: string
  imports: ScannedImport[]
  /** Whether it imports something whose name is made at run time. */
  computes: boolean
}

/** Of one tool; more is a program of its own. */
const MAX_FILES = 200
const MAX_BYTES = 4 * 1024 * 1024
const IMPORT = /(?:\b(?:from|import)\s*|\b(?:import|require)\s*\(\s*)(["'])([^"'\n]+)\1/g
const COMPUTED = /\bimport\s*\(\s*[^"'\s]/
const MODULE = /\.[cm]?[jt]sx?$/
/** What TypeScript tool files may leave out, and `.js` may stand for `.ts` (typescript.ts). */
const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js']

/** The file and all that it imports by paths, directly or not. */
export function scanImports(file: string): ScannedFile[] {
  const files = new Set([real(file)])
  const scanned: ScannedFile[] = []
  for (const one of files) {
    const text = MODULE.test(one) ? readText(one) : ''
    const imports = importsIn(text, one)
    scanned.push({ file: one, imports, computes: COMPUTED.test(text) })
    for (const { file: inner } of imports) if (inner !== null && files.size < MAX_FILES) files.add(inner)
  }
  return scanned
}

function importsIn(text: string, file: string): ScannedImport[] {
  let at = 0
  let line = 1
  return [...text.matchAll(IMPORT)].map((match) => {
    const end = match.index + match[0].length
    line += text.slice(at, end).split('\n').length - 1
    at = end
    const specifier = match[2] ?? ''
    return { specifier, line, file: fileOf(specifier, file) }
  })
}

function fileOf(specifier: string, from: string): string | null {
  const path = pathOf(specifier, from)
  if (path === null) return null
  const stem = path.replace(/\.([cm]?)js$/, '.$1ts')
  const found = [...ENDINGS.map((ending) => path + ending), stem].find(isFile)
  return found === undefined ? null : real(found)
}

/** null: a package. */
function pathOf(specifier: string, from: string): string | null {
  if (specifier.startsWith('file:')) return URL.canParse(specifier) ? fileURLToPath(specifier) : null
  if (!/^(\.{0,2}\/|\.{1,2}$)/.test(specifier)) return null
  return resolve(dirname(from), specifier.replace(/[?#].*$/, ''))
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function real(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/** What cannot be read fails when it is imported, and is told then. */
function readText(file: string): string {
  try {
    return statSync(file).size > MAX_BYTES ? '' : readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
