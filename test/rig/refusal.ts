/**
 * How the validators say no, and the one check that all of them share.
 */
import { isJsonObject } from '../../src/contract/json.ts'

/** What the API would refuse, with the status and the type of its answer. */
export type Violation = { status: number; type: string; message: string }

export class Refusal extends Error {
  readonly violation: Violation

  constructor(message: string, status = 400, type = 'invalid_request_error') {
    super(message)
    this.violation = { status, type, message }
  }
}

export function refuse(message: string): never {
  throw new Refusal(message)
}

export function validateCacheControl(value: unknown, path: string): void {
  if (!isJsonObject(value) || value.type !== 'ephemeral') refuse(`${path}: { type: "ephemeral" } is required`)
  if (value.ttl !== undefined && value.ttl !== '5m' && value.ttl !== '1h') refuse(`${path}.ttl: must be 5m or 1h`)
  for (const key of Object.keys(value))
    if (key !== 'type' && key !== 'ttl') refuse(`${path}.${key}: extra inputs are not permitted`)
}
