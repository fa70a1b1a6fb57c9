/**
 * Loads tool files, each once, and keeps their tools at hand. What a file is made of is tool-export.ts's
 * matter, and where one that does not load is wrong load-fault.ts's.
 */
import { basename } from 'node:path'
import type { JsonSchema } from '../contract/json.ts'
import { importModule } from './import-module.ts'
import { DESCRIPTIONS_FILE } from './protocol.ts'
import { type DeclaredResources, declaredResources, openResources, type Resources } from './resources.ts'
import { type HostTool, toolsOf } from './tool-export.ts'

export type ReadyTool = HostTool & {
  check: NonNullable<HostTool['check']>
  /** Of its file; null: there is nothing to set up or to put away. */
  resources: Resources | null
}
type Tools = ReadonlyMap<string, ReadyTool>

const files = new Map<string, Promise<Tools>>()
const loaded = new Map<string, Tools>()
let kept = () => {}

/** @param listener  told when a file of this thread has something to put away in the end */
export function onKept(listener: () => void): void {
  kept = listener
}

/** The same as loadFile, at once, where the file has been loaded. */
export function loadedFile(file: string): Tools | undefined {
  return loaded.get(file)
}

/** The file's tools by name. Rejects with whatever the file threw, or a ToolFileError. */
export function loadFile(file: string): Promise<Tools> {
  const known = files.get(file)
  if (known) return known
  const loading = importFile(file)
  files.set(file, loading)
  return loading
}

async function importFile(file: string): Promise<Tools> {
  const tools = new Map<string, ReadyTool>()
  const found = await toolsIn(file)
  const resources = found.resources && openResources(file, found.resources, () => kept())
  const disposes = typeof found.resources?.dispose === 'function'
  for (const tool of found.tools) {
    const check = tool.check ?? (await jsonSchemaCheck(tool.loaded.input_schema))
    const ofTool = disposes ? { ...tool.loaded, disposes } : tool.loaded
    tools.set(ofTool.name, { ...tool, loaded: ofTool, check, resources })
  }
  loaded.set(file, tools)
  return tools
}

async function toolsIn(file: string): Promise<{ tools: HostTool[]; resources: DeclaredResources | null }> {
  if (basename(file) !== DESCRIPTIONS_FILE) {
    const exports = await importModule(file)
    const resources = declaredResources(exports)
    return { tools: await toolsOf(exports, resources !== null), resources }
  }
  const { describedTools } = await import('./described-functions.ts')
  return describedTools(file)
}

/** Its library is loaded only where a tool has no schema library of its own. */
async function jsonSchemaCheck(schema: JsonSchema): Promise<ReadyTool['check']> {
  const { jsonSchemaChecker } = await import('../schema/json-schema-check.ts')
  return jsonSchemaChecker(schema)
}
