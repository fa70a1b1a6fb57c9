/**
 * A server's tool as the scheduler sees it. What a server says of its tools is foreign text: one that a
 * model could not be given is left out, with the reason.
 */
import type { JsonObject } from '../contract/json.ts'
import { isJsonObject, isTooDeep } from '../contract/json.ts'
import type { Effect, Tool } from '../contract/tool.ts'
import { wellFormed } from '../contract/well-formed.ts'
import { schemaFault } from '../schema/schema-shape.ts'
import type { InputChecks } from './check.ts'
import type { McpServer } from './mcp-server.ts'

/** Of a description; all of it goes to the model with every request. */
const MAX_DESCRIPTION = 16 * 1024

/** Why a tool is left out, and whether that is a fault: `info` where it is merely not for us. */
export type LeftOut = { level: 'info' | 'warning'; reason: string }

export async function mcpTool(listed: JsonObject, server: McpServer, checks: InputChecks): Promise<Tool | LeftOut> {
  if (isTooDeep(listed)) return wrong('a tool whose definition is nested too deep')
  const { name, title, description, inputSchema, annotations, execution } = wellFormed(listed)
  if (typeof name !== 'string' || name === '') return wrong('a tool without a name')
  if (!isJsonObject(inputSchema)) return wrong(`"${name}": it has no schema`)
  const fault = schemaFault(inputSchema)
  if (fault !== null) return wrong(`"${name}": its schema is wrong: ${fault}`)
  if (isJsonObject(execution) && execution['taskSupport'] === 'required') {
    return { level: 'info', reason: `"${name}": it runs as a task only, which is not supported` }
  }
  const words = [description, title].find((text) => typeof text === 'string' && text.trim() !== '')
  const check = await checks.checker(inputSchema)
  const hints = isJsonObject(annotations) ? annotations : {}
  const tool: Tool = {
    name: `mcp__${server.name}__${name}`,
    // Again, as the cut may go through a character.
    description: wellFormed(String(words ?? name).slice(0, MAX_DESCRIPTION)),
    // The API asks for the word that servers may leave out.
    input_schema: { type: 'object', ...inputSchema },
    effect: effectOf(hints),
    keywords: [],
    source: `mcp:${server.name}`,
    // Silence would mean destructive by the protocol, and then most tools would ask.
    destructive: hints['destructiveHint'] === true && hints['readOnlyHint'] !== true,
    policy: {},
    slotKind: 'mcp',
    /** `this`: the config file may have given the tool another effect (tool-settings.ts). */
    async run(input, context) {
      const unfit = check(input, context.signal)
      const refusal = unfit instanceof Promise ? await unfit : unfit
      return refusal ?? server.run({ tool: name, effect: this.effect, input, context })
    },
  }
  return tool
}

function wrong(reason: string): LeftOut {
  return { level: 'warning', reason }
}

function effectOf(hints: JsonObject): Effect {
  if (hints['readOnlyHint'] === true) return 'read'
  return hints['idempotentHint'] === true ? 'idempotent' : 'write'
}
