/**
 * Names a run: sortable by time, unique without asking anybody. Idempotency keys begin with it.
 */
import { randomBytes } from 'node:crypto'
import { encodeTime, ulid } from 'ulid'

/** It asks for a number of each of its 16 random characters, and by itself for the platform's web crypto. */
export function newRunId(): string {
  const bytes = randomBytes(16).values()
  return ulid(undefined, () => (bytes.next().value ?? 0) / 256)
}

/** What the ids of runs that were begun before are smaller than. @param ms  wall clock, since 1970 */
export function runIdFrom(ms: number): string {
  return encodeTime(Math.max(0, Math.floor(ms)))
}
