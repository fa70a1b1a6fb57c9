/** `agent schema` on the command line. */
import { SCHEMA_NAMES } from './commands/schema-names.ts'
import type { AskFlags } from './flags.ts'
import { PLAIN_OPTIONS } from './flags-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import type { Command } from './program-command.ts'
import { addArgument, addOptions } from './program-command.ts'

/** `name`: null where none was typed. */
export type SchemaInvocation = { command: 'schema'; name: string | null; flags: AskFlags }

export function addSchema(program: Command, asked: (invocation: SchemaInvocation) => void): void {
  const schema = program
    .command('schema')
    .summary('print a JSON Schema')
    .description(
      'Prints the JSON Schema (2020-12) of the document of --json, of a line of --jsonl, of a tool manifest, or of the config file.',
    )
  addArgument(schema, { term: '[name]', description: 'transcript, event, tool or config', values: SCHEMA_NAMES })
  addOptions(schema, PLAIN_OPTIONS)
  schema.action((name: string | undefined) =>
    asked({ command: 'schema', name: name ?? null, flags: flagsOf(schema.opts<TypedOptions>()) }),
  )
}
