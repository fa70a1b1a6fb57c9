/**
 * The definitions of the shipped tools, as the build wrote them down: a run can name them to the
 * model without waiting for a host to load their files.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadedTool } from '../host/protocol.ts'
import { distFolder } from './installation.ts'

export type BuiltinDefinition = LoadedTool & {
  /** Absolute path of the built module, or of a command's manifest. */
  file: string
}

export function builtinDefinitions(): BuiltinDefinition[] {
  const folder = join(distFolder(), 'tools')
  // Our own build wrote this file.
  const definitions = JSON.parse(readFileSync(join(folder, 'definitions.json'), 'utf8')) as BuiltinDefinition[]
  return definitions.map((definition) => ({ ...definition, file: join(folder, definition.file) }))
}
