/** What is said of tools, as the configuration hands it to the registry. */
import type { ToolOverride, ToolSaying } from '../../src/contract/tool-override.ts'

export function inFile(pattern: string, says: ToolOverride): ToolSaying {
  return { from: `config file "${pattern}"`, flag: null, pattern, says }
}

export function byFlag(flag: string, pattern: string | null, says: ToolOverride): ToolSaying {
  return { from: flag, flag, pattern, says }
}
