/**
 * The source of command tools: programs that a manifest (`*.tool.json`) describes.
 */
import type { Clock } from '../contract/clock.ts'
import type { ToolsConfig } from '../contract/config.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Source } from '../contract/source.ts'

export type CommandSourceOptions = {
  config: ToolsConfig
  /** Absolute paths, each once. */
  manifests: readonly string[]
  clock: Clock
  notify: Notify
}

export function openCommandSource(_options: CommandSourceOptions): Source {
  return { tools: () => Promise.resolve([]), close: () => Promise.resolve() }
}
