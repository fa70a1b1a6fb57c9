/**
 * Runs in a worker thread: checks inputs by schemas that may take for ever, one at a time, until it is
 * terminated. It knows no time limit; check-lane.ts has it.
 */
import { parentPort } from 'node:worker_threads'
import { thrownMessage } from '../contract/error.ts'
import { jsonSchemaChecker } from '../schema/json-schema-check.ts'
import type { CheckReply, CheckRequest } from './check-lane.ts'

const checkers = new Map<number, ReturnType<typeof jsonSchemaChecker>>()

function reply({ schemaNumber, schema, input }: CheckRequest): CheckReply {
  try {
    const checker = checkers.get(schemaNumber) ?? jsonSchemaChecker(schema)
    checkers.set(schemaNumber, checker)
    const checked = checker(input)
    return { type: 'checked', fault: checked.fits ? null : checked.message }
  } catch (thrown) {
    return { type: 'schema_error', message: thrownMessage(thrown) }
  }
}

function tell(message: CheckReply): void {
  parentPort?.postMessage(message)
}

parentPort?.on('message', (request: CheckRequest) => tell(reply(request)))
tell({ type: 'ready' })
