/**
 * What the flags say of cassettes, resolved. Pure. No config file has a say: a run is recorded or
 * replayed because somebody has asked for it.
 */
import { resolve } from 'node:path'
import type { CassetteConfig } from './contract/config.ts'
import type { AskFlags } from './flags.ts'

export function cassetteConfig(
  { record, replay, replaySpeed, liveTools, model }: AskFlags,
  directory: string,
): CassetteConfig | null {
  if (record !== null) return { type: 'record', path: resolve(directory, record) }
  if (replay === null) return null
  return { type: 'replay', path: resolve(directory, replay), speed: replaySpeed ?? 0, liveTools, model }
}
