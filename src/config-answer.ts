/**
 * The schema that the answer is to fit: the user's, from the command line or from a file, checked before
 * a request is paid for.
 */
import { readBoundedFile } from './bounded-file.ts'
import { AgentError, thrownMessage } from './contract/error.ts'
import type { JsonObject } from './contract/json.ts'
import { isJsonObject } from './contract/json.ts'
import type { AnswerForm, Protocol } from './contract/model.ts'
import { whyUnreadable } from './contract/system-error.ts'
import { isSchemaText } from './flags.ts'
import { answerForm } from './schema/answer-form.ts'
import { answerChecker } from './schema/json-schema-check.ts'
import { anySchemaFault } from './schema/schema-shape.ts'

const MAX_SCHEMA_BYTES = 1024 * 1024
/** Of what was typed, where it is quoted. */
const MAX_QUOTED = 60
const HINT = `for example --schema '{"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}'`

/**
 * @param text   the schema itself where it begins like JSON, else a file of it, also as `@FILE`
 * @param place  the absolute path of a file that was named
 * @throws       AgentError `bad-schema` (exit 2)
 */
export async function readAnswerForm(
  text: string,
  protocol: Protocol,
  place: (path: string) => string,
): Promise<AnswerForm> {
  const inline = isSchemaText(text)
  const refuse = (why: string, hint: string, cause?: unknown) =>
    new AgentError('bad-schema', `--schema: ${inline ? quoted(text) : JSON.stringify(text)} ${why}`, {
      exit: 'usage',
      hint,
      cause,
    })
  const schema = parseSchema(inline ? text : await readSchemaFile(place(text.replace(/^@/, '')), refuse), refuse)
  const fault = anySchemaFault(schema) ?? followFault(schema)
  if (fault !== null) throw refuse(`is no JSON Schema that can be used: ${fault}`, 'correct it there')
  if (protocol === 'text' && isJsonObject(schema['properties']) && Object.hasOwn(schema['properties'], 'tool'))
    throw refuse('has a property "tool", which --protocol text reads as a tool call', 'give the property another name')
  return answerForm(schema)
}

type Refuse = (why: string, hint: string, cause?: unknown) => AgentError

async function readSchemaFile(path: string, refuse: Refuse): Promise<string> {
  const hint = 'name a file that holds a JSON Schema, or write the schema itself'
  const file = await readBoundedFile(path, MAX_SCHEMA_BYTES).catch((error: unknown) => {
    throw refuse(whyUnreadable(error), hint, error)
  })
  if (file.type !== 'bytes')
    throw refuse(file.type === 'too_large' ? 'is larger than 1 MiB' : `is a ${file.type}`, hint)
  return file.bytes.toString('utf8').replace(/^\uFEFF/, '')
}

function parseSchema(text: string, refuse: Refuse): JsonObject {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    const [reason = ''] = thrownMessage(error).split('\n')
    throw refuse(`is no JSON: ${reason}`, HINT, error)
  }
  if (isJsonObject(parsed)) return parsed
  const what = Array.isArray(parsed) ? 'a list' : parsed === null ? 'null' : `a ${typeof parsed}`
  throw refuse(`holds ${what}, and a JSON Schema is an object`, HINT)
}

/** A reference that leads back to itself, and what else shows only when a value is checked. */
function followFault(schema: JsonObject): string | null {
  try {
    const check = answerChecker(schema)
    for (const value of [{}, [], '', 0, true, null]) check(value)
    return null
  } catch (error) {
    return thrownMessage(error)
  }
}

function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}...` : line
}
