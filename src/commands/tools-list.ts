/**
 * `agent tools list`: the tools that a run with these flags would have, and what holds for each.
 */
import type { ToolsConfig } from '../contract/config.ts'
import type { ExitCode } from '../contract/error.ts'
import { EXIT } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import { permissionOf } from '../contract/permission.ts'
import type { Policy } from '../contract/policy.ts'
import { DEFAULT_TIMEOUT_MS } from '../contract/policy.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import { sanitize } from '../contract/sanitize.ts'
import type { Tool } from '../contract/tool.ts'
import type { AskFlags } from '../flags.ts'
import { cutToWidth, textWidth } from '../reporters/text-width.ts'
import type { AskContext } from './ask.ts'
import { withTools } from './tools-opening.ts'

export function toolsList(flags: AskFlags, context: AskContext): Promise<ExitCode> {
  return withTools(flags, context, async ({ config, view, json, verbose, columns, start, print }) => {
    const { tools } = await context.interruption.orInterrupted(start(config.tools).registry)
    if (json) {
      const rows = tools.map((tool) => rowOf(tool, config.tools))
      await print(`${safeJson(redactJson(rows, view.redact), 2)}\n`)
    } else {
      if (tools.length === 0) view.notify('warning', 'there are no tools; name some with --tools or --mcp')
      const lines = linesOf(tools, config.tools, verbose, columns)
      await print(lines.map((line) => `${view.redact(line)}\n`).join(''))
    }
    return EXIT.ok
  })
}

/** Every key is always there; `policy` is what is in force. */
function rowOf(tool: Tool, config: ToolsConfig): JsonObject {
  const { name, source, place, effect, destructive, description, input_schema } = tool
  return {
    name,
    source,
    place: place ?? null,
    effect,
    destructive,
    permission: permissionNow(tool, config),
    // `as`: a policy is JSON as its author spelled it.
    policy: policyInForce(tool.policy) as JsonObject,
    description,
    input_schema,
  }
}

/** Without a terminal to ask at, as in a script. */
function permissionNow(tool: Tool, config: ToolsConfig): string {
  return permissionOf(tool, config, null).type
}

function policyInForce(policy: Policy): Policy {
  return { ...policy, timeout_ms: policy.timeout_ms ?? DEFAULT_TIMEOUT_MS, priority: policy.priority ?? 'normal' }
}

function linesOf(tools: readonly Tool[], config: ToolsConfig, verbose: boolean, columns: number | null): string[] {
  const cells = tools.map((tool) => [tool.name, tool.source, tool.effect, policyText(tool, config)].map(oneLine))
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => textWidth(row[column] ?? ''))))
  const shown = (line: string) => (columns === null ? line : cutToWidth(line, columns))
  return tools.flatMap((tool, index) => {
    const row = cells[index] ?? []
    const head = row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - textWidth(cell))))
    const lines = [shown(head.join('  ').trimEnd()), shown(`  ${oneLine(tool.description)}`)]
    if (verbose) {
      if (tool.place !== undefined) lines.push(`  from ${oneLine(tool.place)}`)
      const schema = safeJson(tool.input_schema, 2).replaceAll('\n', '\n  ')
      lines.push(`  ${schema}`)
    }
    return lines
  })
}

function oneLine(text: string): string {
  return sanitize(text).replace(/\s+/g, ' ').trim()
}

function policyText(tool: Tool, config: ToolsConfig): string {
  const { timeout_ms, max_concurrency, priority } = policyInForce(tool.policy)
  const parts = [`timeout ${(timeout_ms ?? DEFAULT_TIMEOUT_MS) / 1000} s`]
  if (max_concurrency !== undefined) parts.push(`at most ${max_concurrency} at once`)
  if (priority !== 'normal') parts.push(`${priority}`)
  const permission = permissionNow(tool, config)
  if (permission === 'denied') parts.push(tool.destructive ? 'destructive: asks, or needs --allow' : 'denied')
  else if (tool.destructive) parts.push('destructive, allowed')
  return parts.join(', ')
}
