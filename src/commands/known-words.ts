/**
 * Names of tools and ids of runs, for completions: what can be read without running anything. So the tools
 * of a module file or of an MCP server are not among them; of a file that the command line or the user's
 * own config names, those that it declares as JSON are. It never throws: what cannot be read is left out.
 */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { expandHome, readEnvironment, userConfigPath } from '../config.ts'
import type { Environment } from '../config-environment.ts'
import { environmentRedactor } from '../config-environment.ts'
import { runsFolderOf } from '../config-journal.ts'
import type { JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import { sanitize } from '../contract/sanitize.ts'
import { currentDirectory } from '../current-directory.ts'
import { runOpening } from '../journal/run-opening.ts'
import { listRuns } from '../journal/runs-folder.ts'
import { cutToWidth } from '../reporters/text-width.ts'
import { builtinDefinitions } from '../sources/builtin-definitions.ts'
import { toolPaths } from '../sources/tool-paths.ts'
import type { Candidate, Given } from './wanted-word.ts'

export type Place = { environment: Environment; directory: string }

const MAX_FILE_BYTES = 1024 * 1024
/** Each costs a file; nobody reads on. */
const MAX_DESCRIBED_RUNS = 50

/** Of what is said of a word. */
const MAX_COLUMNS = 80

export function placeHere(): Place {
  return { environment: readEnvironment(), directory: currentDirectory() }
}

/** The shipped ones first. */
export function knownTools(given: Given, place: Place): Candidate[] {
  const values = (name: string) => given.filter(({ names }) => names.includes(name)).map(({ value }) => value)
  const config = configOf(values('--config').at(-1) ?? null, place)
  const shipped = values('--no-builtins').length > 0 ? [] : quietly(builtinDefinitions)
  const typed = values('--tools').map((path) => resolve(place.directory, expandHome(path, place.environment)))
  const declared = [...config, ...typed].flatMap((path) => quietly(() => declaredAt(path)))
  const words = [...shipped, ...declared].map(({ name, description }) => ({ word: name, about: description }))
  return told([...new Map(words.map((one) => [one.word, one])).values()], place)
}

/** The newest first. */
export function knownRuns(place: Place): Candidate[] {
  const folder = runsFolderOf(place.environment) ?? place.directory
  const runs = listRuns(folder).map(({ runId, path }, index) => {
    const opening = index < MAX_DESCRIBED_RUNS ? runOpening(path) : null
    const about = opening === null ? '' : `${opening.startedAt.slice(5, 16).replace('T', ' ')} ${opening.question}`
    return { word: runId, about }
  })
  return told(runs, place)
}

/** What is said of words in a line of a terminal: what others wrote may hold anything. */
function told(words: readonly Candidate[], { environment }: Place): Candidate[] {
  const redact = environmentRedactor(environment)
  return words.map(({ word, about }) => ({
    word,
    about: cutToWidth(redact(sanitize(about)).replace(/\s+/g, ' ').trim(), MAX_COLUMNS),
  }))
}

/** What the config file names with `tool_paths`. Whether the rest of it is right, a run will say. */
function configOf(named: string | null, { environment, directory }: Place): string[] {
  const path = named === null ? userConfigPath(environment) : resolve(directory, expandHome(named, environment))
  if (path === null) return []
  const settings = readJson(path)
  const paths = isJsonObject(settings) ? settings['tool_paths'] : null
  if (!Array.isArray(paths)) return []
  return paths.flatMap((one) => (typeof one === 'string' ? [resolve(dirname(path), expandHome(one, environment))] : []))
}

type Declared = { name: string; description: string }

function declaredAt(path: string): Declared[] {
  const { described, manifests } = toolPaths([{ path, from: '--tools' }])
  return [...described, ...manifests].flatMap((file) => {
    const content = readJson(file)
    return (Array.isArray(content) ? content : [content]).flatMap((one) => {
      if (!isJsonObject(one) || typeof one['name'] !== 'string') return []
      const { name, description } = one
      return [{ name, description: typeof description === 'string' ? description : basename(file) }]
    })
  })
}

/** null where it is none, or no file. */
function readJson(path: string): JsonValue {
  const [found = null] = quietly(() => {
    const status = statSync(path)
    if (!status.isFile() || status.size > MAX_FILE_BYTES) return []
    return [JSON.parse(readFileSync(path, 'utf8')) as JsonValue] // JSON.parse gives nothing else
  })
  return found
}

function quietly<T>(read: () => T[]): T[] {
  try {
    return read()
  } catch {
    return []
  }
}
