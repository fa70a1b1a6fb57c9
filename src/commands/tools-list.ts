/**
 * `agent tools list`: the tools that a run with these flags would have, what holds for each, and with -v
 * where that was said.
 */
import type { ToolsConfig } from '../contract/config.ts'
import type { ExitCode } from '../contract/error.ts'
import { EXIT } from '../contract/error.ts'
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { permissionOf } from '../contract/permission.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import { sanitize } from '../contract/sanitize.ts'
import type { Exclusive, Tool } from '../contract/tool.ts'
import type { AskFlags } from '../flags.ts'
import { cutToWidth, textWidth } from '../reporters/text-width.ts'
import type { ToolSettings } from '../sources/tool-settings.ts'
import type { AskContext } from './ask.ts'
import { policyLines, unusualPolicies } from './policy-lines.ts'
import { withTools } from './tools-opening.ts'

/** A tool, and what is in force for it. */
type Listed = { tool: Tool; settings: ToolSettings }

export function toolsList(flags: AskFlags, context: AskContext): Promise<ExitCode> {
  return withTools(flags, context, async ({ config, streams, json, verbose, columns, start, print }) => {
    const { tools, settingsOf } = await context.interruption.orInterrupted(start(config.tools).registry)
    const listed = tools.flatMap((tool): Listed[] => {
      const settings = settingsOf(tool.name)
      return settings === undefined ? [] : [{ tool, settings }]
    })
    if (json) {
      const rows = listed.map((one) => rowOf(one, config.tools))
      await print(`${safeJson(redactJson(rows, streams.redact), 2)}\n`)
    } else {
      if (tools.length === 0) streams.notify('warning', 'there are no tools; name some with --tools or --mcp')
      const lines = linesOf(listed, config.tools, verbose, columns)
      await print(lines.map((line) => `${streams.redact(line)}\n`).join(''))
    }
    return EXIT.ok
  })
}

/** Every key is always there; `policy` is what is in force, `policy_from` where each of it was said. */
function rowOf({ tool, settings }: Listed, config: ToolsConfig): JsonObject {
  const { name, source, place, effect, destructive, exclusive, description, input_schema } = tool
  return {
    name,
    source,
    place: place ?? null,
    effect,
    destructive,
    permission: permissionNow(tool, config),
    policy: { ...settings.policy },
    exclusive: exclusiveJson(exclusive),
    policy_from: { ...settings.from },
    description,
    input_schema,
  }
}

/** Its key; true: one of its own; `{ "by": "input" }`: a function makes it. */
function exclusiveJson(exclusive: Exclusive | undefined): JsonValue {
  return typeof exclusive === 'function' ? { by: 'input' } : (exclusive ?? false)
}

/** Without a terminal to ask at, as in a script. */
function permissionNow(tool: Tool, config: ToolsConfig): string {
  return permissionOf(tool, config, null).type
}

function linesOf(listed: readonly Listed[], config: ToolsConfig, verbose: boolean, columns: number | null): string[] {
  const cells = listed.map(({ tool, settings }) =>
    [tool.name, tool.source, tool.effect, inShort({ tool, settings }, config)].map(oneLine),
  )
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => textWidth(row[column] ?? ''))))
  const shown = (line: string) => (columns === null ? line : cutToWidth(line, columns))
  return listed.flatMap(({ tool, settings }, index) => {
    const row = cells[index] ?? []
    const head = row.map((cell, column) => padded(cell, widths[column] ?? 0))
    const lines = [shown(head.join('  ').trimEnd()), shown(`  ${oneLine(tool.description)}`)]
    if (!verbose) return lines
    if (tool.place !== undefined) lines.push(`  from ${oneLine(tool.place)}`)
    for (const { label, value, from } of policyLines(tool, settings)) {
      lines.push(`  ${padded(label, LABEL_WIDTH)} ${oneLine(`${value} (${from})`)}`)
    }
    lines.push(`  ${safeJson(tool.input_schema, 2).replaceAll('\n', '\n  ')}`)
    return lines
  })
}

/** Of `destructive`, the longest. */
const LABEL_WIDTH = 11

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}

function oneLine(text: string): string {
  return sanitize(text).replace(/\s+/g, ' ').trim()
}

function inShort({ tool, settings }: Listed, config: ToolsConfig): string {
  const parts = unusualPolicies(tool, settings)
  const permission = permissionNow(tool, config)
  if (permission === 'denied') parts.push(tool.destructive ? 'destructive: asks, or needs --allow' : 'denied')
  else if (tool.destructive) parts.push('destructive, allowed')
  return parts.join(', ')
}
