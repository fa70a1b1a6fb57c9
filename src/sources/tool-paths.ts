/**
 * What the user names with `--tools`, sorted by what it is: module files, manifests of commands,
 * folders of described functions. Folders are not searched in depth: what runs is what was named.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import type { ToolPlace } from '../contract/config.ts'
import { AgentError } from '../contract/error.ts'
import { DESCRIPTIONS_FILE } from '../host/protocol.ts'

const MODULE_EXTENSIONS = ['.js', '.mjs', '.ts', '.mts']
const MANIFEST = /\.tool\.json$/
/** In a folder these stand beside tools and are none: types, tests, and what an author hides. */
const BESIDE = /^[._]|\.d\.m?ts$|\.(test|spec)\.\w+$/
const ENDINGS = `${MODULE_EXTENSIONS.join(' ')} or .tool.json`

/** Absolute, each once, in the order of the command line; `described` are the description files of their folders. */
export type ToolPaths = { modules: string[]; described: string[]; manifests: string[] }

/**
 * @param places  in the order of the command line
 * @throws        AgentError `tool-file-missing`, `tool-file-type` or `no-tool-files` (exit 3)
 */
export function toolPaths(places: readonly ToolPlace[]): ToolPaths {
  const files = [...new Set(places.flatMap(filesAt))]
  const described = files.filter((file) => basename(file) === DESCRIPTIONS_FILE)
  const manifests = files.filter((file) => MANIFEST.test(file))
  return { modules: files.filter(isModule), described, manifests }
}

function filesAt({ path, from }: ToolPlace): string[] {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (!entry) {
    throw new AgentError('tool-file-missing', `no tool file at "${path}"`, {
      exit: 'config',
      hint: `check the path given to ${from}`,
    })
  }
  if (!entry.isDirectory()) {
    if (isModule(path) || MANIFEST.test(path) || basename(path) === DESCRIPTIONS_FILE) return [path]
    throw new AgentError('tool-file-type', `"${path}" is no tool file`, {
      exit: 'config',
      hint: `tool files end in ${ENDINGS}`,
    })
  }
  // What else is in such a folder belongs to its functions.
  if (existsSync(join(path, DESCRIPTIONS_FILE))) return [join(path, DESCRIPTIONS_FILE)]
  const files = readdirSync(path)
    .filter((file) => !BESIDE.test(file) && (isModule(file) || MANIFEST.test(file)))
    .sort()
  if (files.length > 0) return files.map((file) => join(path, file))
  throw new AgentError('no-tool-files', `"${path}" holds no tool files`, {
    exit: 'config',
    hint: `tool files end in ${ENDINGS}; folders below it are not searched`,
  })
}

function isModule(path: string): boolean {
  return MODULE_EXTENSIONS.includes(extname(path))
}
