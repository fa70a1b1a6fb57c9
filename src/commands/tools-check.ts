/**
 * `agent tools check PATH...`: loads tool files and MCP servers one by one, says of each what is wrong
 * with it, what a model will see, and what its author may want to mend. It goes on after an error, so
 * that one look shows all of them.
 */
import type { ToolsConfig } from '../contract/config.ts'
import type { AgentError, ExitCode } from '../contract/error.ts'
import { AgentError as AgentFault, EXIT, isAgentError } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import { sanitize } from '../contract/sanitize.ts'
import { sentTool } from '../contract/sent-tool.ts'
import type { Tool } from '../contract/tool.ts'
import type { AskFlags } from '../flags.ts'
import { buildRegistry } from '../sources/registry.ts'
import { toolPaths } from '../sources/tool-paths.ts'
import type { AskContext } from './ask.ts'
import { adviceFor } from './tool-advice.ts'
import type { ToolsCommand } from './tools-opening.ts'
import { withTools } from './tools-opening.ts'

/** One file or server, checked by itself. */
type Checked = { place: string; error: Pick<AgentError, 'code' | 'message' | 'hint'> | null; tools: readonly Tool[] }

/** Hosts and servers at once. */
const AT_ONCE = 4

/** @param paths  of the command line, besides those of --tools */
export function toolsCheck(paths: readonly string[], flags: AskFlags, context: AskContext): Promise<ExitCode> {
  return withTools({ ...flags, tools: [...flags.tools, ...paths], requireMcp: true }, context, async (command) => {
    const { config, streams, json, print } = command
    const places = placesOf(config.tools)
    if (places.length === 0) {
      const hint = 'agent tools check ./tools, or --mcp mcp.json'
      throw new AgentFault('nothing-to-check', 'no tool file and no MCP server is named', { exit: 'usage', hint })
    }
    const checked = await context.interruption.orInterrupted(checkAll(places, command))
    const together = clash(checked, config.tools)
    const ok = together === null && checked.every(({ error }) => error === null)
    if (json) await print(`${safeJson(redactJson(documentOf(checked, together, ok), streams.redact), 2)}\n`)
    else await print(checked.map((one) => `${streams.redact(textOf(one))}\n`).join(''))
    if (together !== null) streams.error(together)
    return ok ? EXIT.ok : EXIT.config
  })
}

type Place = { name: string; tools: ToolsConfig; error: AgentError | null }

/** Each file of a folder by itself: the first bad one would hide the others. */
function placesOf(config: ToolsConfig): Place[] {
  const alone = { ...config, builtins: false, only: null, allow: [], deny: [], sayings: [], mcp: [] }
  const files = config.paths.flatMap((path): Place[] => {
    try {
      const { modules, described, manifests } = toolPaths([path])
      return [...modules, ...described, ...manifests].map((file) => {
        return { name: file, tools: { ...alone, paths: [file] }, error: null }
      })
    } catch (error) {
      if (!isAgentError(error)) throw error
      return [{ name: path, tools: { ...alone, paths: [] }, error }]
    }
  })
  const servers = config.mcp.map((place): Place => {
    return { name: place.text, tools: { ...alone, paths: [], mcp: [place] }, error: null }
  })
  return [...files, ...servers]
}

async function checkAll(places: readonly Place[], command: ToolsCommand): Promise<Checked[]> {
  const checked: Checked[] = []
  const waiting = [...places.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      checked[next[0]] = await checkOne(next[1], command)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return checked
}

async function checkOne({ name, tools, error }: Place, { start }: ToolsCommand): Promise<Checked> {
  if (error !== null) return { place: name, error, tools: [] }
  const started = start(tools)
  try {
    return { place: name, error: null, tools: (await started.registry).tools }
  } catch (thrown) {
    if (!isAgentError(thrown)) throw thrown
    return { place: name, error: thrown, tools: [] }
  } finally {
    await started.close()
  }
}

/** What is wrong with all of them together: two tools of one name. */
function clash(checked: readonly Checked[], config: ToolsConfig): AgentError | null {
  const named = checked.flatMap(({ tools }) => tools)
  try {
    buildRegistry({ shipped: [], named }, { ...config, only: null, allow: [], deny: [], sayings: [] }, () => {})
    return null
  } catch (error) {
    if (isAgentError(error)) return error
    throw error
  }
}

function documentOf(checked: readonly Checked[], together: AgentError | null, ok: boolean): JsonObject {
  const errorOf = (error: Checked['error']) =>
    error === null ? null : { code: error.code, message: error.message, hint: error.hint }
  return {
    ok,
    error: errorOf(together),
    places: checked.map(({ place, error, tools }) => ({
      place,
      error: errorOf(error),
      tools: tools.map((tool) => ({
        name: tool.name,
        source: tool.source,
        effect: tool.effect,
        destructive: tool.destructive,
        sent: sentTool(tool),
        bytes: Buffer.byteLength(JSON.stringify(sentTool(tool))),
        advice: adviceFor(tool),
      })),
    })),
  }
}

function textOf({ place, error, tools }: Checked): string {
  if (error !== null) {
    const hint = error.hint === null ? '' : `\n  hint: ${sanitize(error.hint)}`
    return `✖ ${sanitize(place)}\n  ${sanitize(error.message)}${hint}`
  }
  const shown = tools.flatMap((tool) => [
    `  ${tool.name}: ${tool.effect}${tool.destructive ? ', destructive' : ''}; the model will see`,
    `    ${safeJson(sentTool(tool), 2).replaceAll('\n', '\n    ')}`,
    ...adviceFor(tool).map((advice) => `  advice: ${sanitize(advice)}`),
  ])
  return [`✔ ${sanitize(place)}`, ...shown].join('\n')
}
