/**
 * Names a run: sortable by time, unique without asking anybody. Idempotency keys begin with it.
 */
import { ulid } from 'ulid'

export function newRunId(): string {
  return ulid()
}
