/**
 * The file of a cassette. It is written whole and takes its place in one step; a file that is no
 * cassette is never replaced.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cassette } from '../contract/cassette.ts'
import { AgentError, thrownMessage } from '../contract/error.ts'
import type { JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import { safeJson } from '../contract/safe-json.ts'
import { systemReason, whyUnreadable } from '../contract/system-error.ts'

/** Recorded runs of days are a few MiB. */
const MAX_BYTES = 512 * 1024 * 1024

/**
 * Finds out before the run what can be known of a file that is written after it.
 * @throws AgentError: exit 2 where something else is there, exit 12 where nothing can be written there
 */
export async function checkTarget(path: string): Promise<void> {
  const status = await stat(path).catch(() => null)
  if (status === null) {
    await access(dirname(path), constants.W_OK | constants.X_OK).catch((error: unknown) => {
      throw unwritable(path, error)
    })
    return
  }
  if (status.isFile() && (await isCassette(path))) return
  const what = status.isFile() ? 'is there already, and no cassette' : 'is no file'
  throw new AgentError('bad-cassette', `--record: ${JSON.stringify(path)} ${what}`, {
    exit: 'usage',
    hint: 'name a new file, for example --record weather.cassette.json',
  })
}

async function isCassette(path: string): Promise<boolean> {
  try {
    const found: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isJsonObject(found) && typeof found['cassette'] === 'number'
  } catch {
    return false
  }
}

/** @throws AgentError (exit 12) */
export async function writeCassette(path: string, cassette: Cassette): Promise<void> {
  // The file that a link names, not the link.
  const place = await realpath(path).catch(() => path)
  const beside = join(dirname(place), `.cassette-${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      // A cassette is JSON all through; its type, made of schemas, does not say so.
      await file.writeFile(`${safeJson(cassette as unknown as JsonValue, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, place)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw unwritable(path, error)
  }
}

/**
 * @returns what the file holds, parsed and not yet checked
 * @throws  AgentError: exit 2 where it cannot be read, exit 3 where it is no JSON
 */
export async function readJsonFile(path: string): Promise<unknown> {
  const refuse = (why: string, exit: 'usage' | 'config', cause?: unknown) =>
    new AgentError('bad-cassette', `--replay: ${JSON.stringify(path)} ${why}`, {
      exit,
      hint: 'name a file that --record or --json has written',
      cause,
    })
  const status = await stat(path).catch((error: unknown) => {
    throw refuse(whyUnreadable(error), 'usage', error)
  })
  if (!status.isFile()) throw refuse('is no file', 'usage')
  if (status.size > MAX_BYTES) throw refuse(`is larger than ${MAX_BYTES / 1024 / 1024} MiB`, 'config')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw refuse(whyUnreadable(error), 'usage', error)
  })
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed
  } catch (error) {
    throw refuse(`is no JSON: ${thrownMessage(error)}`, 'config', error)
  }
}

function unwritable(path: string, error: unknown): AgentError {
  const reason = error instanceof Error ? systemReason(error) : thrownMessage(error)
  return new AgentError('cassette-unwritable', `the cassette ${JSON.stringify(path)} cannot be written: ${reason}`, {
    exit: 'output',
    cause: error,
  })
}
