/**
 * Large results stand in files of their own beside the journal, so that its lines stay short. Their
 * names are made from the number of the record, never from what a model or a tool has said; the
 * record holds the digest.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import type { JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { ContentBlock } from '../contract/message.ts'
import type { OkOutcome } from '../contract/outcome.ts'
import { syncFolder, writeWhole } from './journal-file.ts'

/** A record above this length is parted from its result. */
export const MAX_RECORD_BYTES = 64 * 1024
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

export type SideDigest = { sha256: string; bytes: number }

export function isSideDigest(value: unknown): value is SideDigest {
  return isJsonObject(value) && typeof value['sha256'] === 'string' && typeof value['bytes'] === 'number'
}

/** The folder of a journal's side files. */
export function sideFolder(journal: string): string {
  return `${journal}.d`
}

function sidePath(journal: string, n: number): string {
  return join(sideFolder(journal), `${n}.json`)
}

/**
 * @param synced  it is on disk when this returns
 * @throws        the system's error
 */
export function writeSideFile(
  journal: string,
  n: number,
  { output, content }: Pick<OkOutcome, 'output' | 'content'>,
  synced: boolean,
): SideDigest {
  const path = sidePath(journal, n)
  const bytes = Buffer.from(JSON.stringify(content === undefined ? { output } : { output, content }))
  const made = makeFolder(sideFolder(journal))
  // A run that ended between this file and its record has left it here; the record is another now.
  rmSync(path, { force: true })
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    writeWhole(descriptor, bytes)
    if (synced) fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  if (synced) syncFolder(sideFolder(journal))
  if (synced && made) syncFolder(join(journal, '..'))
  return { sha256: sha256(bytes), bytes: bytes.length }
}

/** @returns whether it was not there before */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    // A link in its place would lead the results elsewhere.
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return false
    throw error
  }
}

/** @returns null where the file is missing, or is not what was written */
export function readSideFile(
  journal: string,
  n: number,
  digest: SideDigest,
): { output: JsonValue; content?: ContentBlock[] } | null {
  try {
    const descriptor = openSync(sidePath(journal, n), O_RDONLY | O_NOFOLLOW)
    try {
      const status = fstatSync(descriptor)
      if (!status.isFile() || status.size !== digest.bytes) return null
      const bytes = readFileSync(descriptor)
      if (sha256(bytes) !== digest.sha256) return null
      const { output = null, content } = JSON.parse(bytes.toString('utf8')) as Pick<OkOutcome, 'output' | 'content'> // its digest is right: it was written as one
      return content === undefined ? { output } : { output, content }
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return null
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
