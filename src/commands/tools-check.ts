/**
 * `agent tools check PATH...`: loads tool files and MCP servers one by one, says of each what is wrong
 * with it, what a model will see, and what its author may want to mend. It goes on after an error, so
 * that one look shows all of them.
 */
import { resolve } from 'node:path'
import type { ExitCode } from '../contract/error.ts'
import { AgentError, EXIT } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import { sanitize } from '../contract/sanitize.ts'
import { sentTool } from '../contract/sent-tool.ts'
import type { AskFlags } from '../flags.ts'
import type { AskContext } from './ask.ts'
import type { Checked } from './checked-places.ts'
import { checkAll, clash, filePlaces, serverPlaces } from './checked-places.ts'
import { adviceFor } from './tool-advice.ts'
import { withTools } from './tools-opening.ts'

/** @param paths  of the command line, besides those of --tools */
export function toolsCheck(paths: readonly string[], flags: AskFlags, context: AskContext): Promise<ExitCode> {
  return withTools({ ...flags, requireMcp: true }, context, async (command) => {
    const { config, streams, json, print } = command
    const typed = paths.map((path) => ({ path: resolve(path), from: 'agent tools check' }))
    const tools = { ...config.tools, paths: [...config.tools.paths, ...typed] }
    const places = [...filePlaces(tools), ...serverPlaces(tools)]
    if (places.length === 0) {
      const hint = 'agent tools check ./tools, or --mcp mcp.json'
      throw new AgentError('nothing-to-check', 'no tool file and no MCP server is named', { exit: 'usage', hint })
    }
    const checked = await context.interruption.orInterrupted(checkAll(places, command.start))
    const together = clash(checked, tools)
    const ok = together === null && checked.every(({ error }) => error === null)
    if (json) await print(`${safeJson(redactJson(documentOf(checked, together, ok), streams.redact), 2)}\n`)
    else await print(checked.map((one) => `${streams.redact(textOf(one))}\n`).join(''))
    if (together !== null) streams.error(together)
    return ok ? EXIT.ok : EXIT.config
  })
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
