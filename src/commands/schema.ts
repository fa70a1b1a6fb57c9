/**
 * `agent schema`: prints the JSON Schema of what `agent` writes (transcript, event) or reads (tool, config).
 * It asks no model, and looks at no file.
 */
import type { ExitCode } from '../contract/error.ts'
import { AgentError, EXIT } from '../contract/error.ts'
import { safeJson } from '../contract/safe-json.ts'
import type { AskFlags } from '../flags.ts'
import type { AskContext } from './ask.ts'
import { openFlagsStreams, STDERR_MS } from './ask.ts'
import { closeWithin } from './closing.ts'
import { reportFailure } from './failure.ts'
import type { SchemaName } from './schema-names.ts'
import { SCHEMA_NAMES } from './schema-names.ts'

/** @param name  as it was typed; null: none was */
export async function schema(name: string | null, flags: AskFlags, context: AskContext): Promise<ExitCode> {
  const { clock, delivery } = context
  const { streams } = await openFlagsStreams(flags, context)
  try {
    streams.checkOutput()
    const known = SCHEMA_NAMES.find((one) => one === name)
    if (known === undefined) throw noSchema(name, SCHEMA_NAMES)
    const { jsonSchemaOf } = await import('./json-schemas.ts')
    const output = streams.openOutput()
    output.write(`${safeJson(jsonSchemaOf(known), 2)}\n`)
    delivery.delivered = true
    await output.close()
    return EXIT.ok
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

function noSchema(name: string | null, names: readonly SchemaName[]): AgentError {
  const list = `there are ${names.join(', ')}`
  // `events` and `conf` are no names, but it is clear what is meant.
  const meant = names.find((one) => name !== null && name !== '' && (name.startsWith(one) || one.startsWith(name)))
  return new AgentError('no-schema', `${name === null ? 'of what?' : `no schema ${JSON.stringify(name)}:`} ${list}`, {
    exit: 'usage',
    hint: `agent schema ${meant ?? names[0]}`,
  })
}
