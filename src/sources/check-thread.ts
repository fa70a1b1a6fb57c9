/**
 * Runs in a worker thread: checks inputs by schemas that may take for ever, one at a time, until it is
 * terminated. It knows no time limit; check-lane.ts has it.
 */
import { parentPort } from 'node:worker_threads'
import { thrownMessage } from '../contract/error.ts'
import type { JsonSchema, JsonValue } from '../contract/json.ts'
import { answerChecker, jsonSchemaChecker } from '../schema/json-schema-check.ts'
import type { CheckReply, CheckRequest } from './check-lane.ts'

const checkers = new Map<number, (value: JsonValue) => string | null>()

function reply({ of, schemaNumber, schema, value }: CheckRequest): CheckReply {
  try {
    const checker = checkers.get(schemaNumber) ?? (of === 'input' ? inputChecker(schema) : answersChecker(schema))
    checkers.set(schemaNumber, checker)
    return { type: 'checked', fault: checker(value) }
  } catch (thrown) {
    return { type: 'schema_error', message: thrownMessage(thrown) }
  }
}

function inputChecker(schema: JsonSchema): (value: JsonValue) => string | null {
  const check = jsonSchemaChecker(schema)
  return (value) => {
    const checked = check(value)
    return checked.fits ? null : checked.message
  }
}

function answersChecker(schema: JsonSchema): (value: JsonValue) => string | null {
  const check = answerChecker(schema)
  return (value) => {
    const reasons = check(value)
    return reasons.length === 0 ? null : reasons.join('\n')
  }
}

function tell(message: CheckReply): void {
  parentPort?.postMessage(message)
}

parentPort?.on('message', (request: CheckRequest) => tell(reply(request)))
tell({ type: 'ready' })
