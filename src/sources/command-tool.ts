/**
 * A command as the scheduler sees it: what its manifest declares, and `run`, which checks the input,
 * makes the command line and runs the program to the end of its process group.
 */
import { basename, dirname, resolve } from 'node:path'
import type { Clock } from '../contract/clock.ts'
import type { ToolsConfig } from '../contract/config.ts'
import type { JsonObject, JsonSchema } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Notify } from '../contract/reporter.ts'
import type { AttemptContext, Effect, Tool } from '../contract/tool.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import { MAX_OUTPUT_BYTES } from '../host/protocol.ts'
import type { ProcessGroups } from '../process/groups.ts'
import { runProgram } from '../process/run-program.ts'
import { schemaFault } from '../schema/schema-shape.ts'
import { type InputChecks, invalidInput } from './check.ts'
import { commandEnvironment } from './command-environment.ts'
import { commandExclusive } from './command-key.ts'
import { CommandLineFault, fillCommandLine, parseCommandLine, parseFixed } from './command-line.ts'
import type { CommandManifest, ReadManifest } from './command-manifest.ts'
import { CANCELED, endedOutcome, faultOutcome } from './command-outcome.ts'

export type CommandTool = Tool & { readonly place: string }

export type CommandDeps = {
  config: Pick<ToolsConfig, 'environment' | 'baseEnvironment' | 'variables'>
  groups: ProcessGroups
  checks: InputChecks
  clock: Clock
  notify: Notify
  /** null: the run is not traced. */
  trace: TraceContext | null
}

/** Of a program that succeeded, for --debug. */
const MAX_SHOWN_BYTES = 4 * 1024

/** @throws AgentError (exit 3) */
export async function commandTool(
  { manifest, fault }: ReadManifest,
  file: string,
  { config, groups, checks, clock, notify, trace }: CommandDeps,
): Promise<CommandTool> {
  const { name, output } = manifest
  const schema = checkedSchema(manifest, fault)
  const { command, cwd } = manifest
  const properties = new Set(isJsonObject(schema['properties']) ? Object.keys(schema['properties']) : [])
  const directory = dirname(file)
  const line = understood('command', () => parseCommandLine(command, properties, directory), fault)
  const folder =
    cwd === undefined
      ? null
      : resolve(
          directory,
          understood('cwd', () => parseFixed(cwd, [], properties, directory), fault),
        )
  const environment = commandEnvironment(manifest.env ?? null, config, fault)
  const check = await checks.checker(schema)
  const exclusive = understood(
    'exclusive',
    () => commandExclusive(manifest.exclusive, properties, directory, check),
    fault,
  )
  const said = basename(line.program)

  async function run(effect: Effect, input: JsonObject, context: AttemptContext): Promise<Outcome> {
    const { signal } = context
    const refusal = await check(input, signal)
    if (refusal !== null) return refusal
    const filled = fillCommandLine(line, input)
    if (filled.type === 'refused') return invalidInput(filled.reason)
    if (signal.aborted) return CANCELED
    const ran = await runProgram(filled.command, {
      groups,
      clock,
      signal,
      environment: trace === null ? environment : { ...environment, ...trace.variables(context.idempotencyKey) },
      input: manifest.input === 'stdin' ? JSON.stringify(input) : null,
      maxKeptBytes: MAX_OUTPUT_BYTES,
      started: () => context.started(),
      ...(folder !== null && { cwd: folder }),
    })
    if (ran.type === 'fault') return faultOutcome(ran, line.program, folder)
    for (const pid of ran.survivors) {
      const who = pid === null ? 'a process' : `process ${pid}`
      notify('warning', `${name}: ${who} has left its group and holds its output; it may live on`)
    }
    const shown = ran.stderr.tail(MAX_SHOWN_BYTES).trim()
    if (shown !== '') notify('debug', `${name} wrote to stderr: ${shown}`)
    return endedOutcome(ran, said, { output, effect, signal })
  }

  const tool: CommandTool = {
    name,
    description: manifest.description,
    input_schema: schema,
    effect: manifest.effect,
    keywords: manifest.keywords,
    source: 'command',
    destructive: manifest.destructive,
    policy: manifest.policy,
    ...(exclusive !== null && { exclusive }),
    slotKind: 'command',
    place: file,
    /** `this`: the config file may have given the tool another effect (tool-settings.ts). */
    run(input, context) {
      return run(this.effect, input, context)
    },
  }
  return tool
}

/** The API insists on `"type": "object"`. */
function checkedSchema({ input_schema }: CommandManifest, fault: ReadManifest['fault']): JsonSchema {
  const schema = input_schema['type'] === undefined ? { type: 'object', ...input_schema } : input_schema
  const reason = schemaFault(schema)
  if (reason === null) return schema
  const path = reason.slice(0, reason.indexOf(': ')).split('.')
  throw fault(['input_schema', ...path], `bad schema: ${reason}`)
}

/** What the manifest's placeholders are, and which of its parts is wrong. */
function understood<T>(key: 'command' | 'cwd' | 'exclusive', parse: () => T, fault: ReadManifest['fault']): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof CommandLineFault) throw fault([key, ...error.path], error.message, error.hint)
    throw error
  }
}
