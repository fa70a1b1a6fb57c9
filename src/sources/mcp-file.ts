/**
 * Reads a file of servers in the form that MCP clients share: `{ "mcpServers": { name: ... } }`. What
 * other clients write beside what we know is passed over and told; a mistake in what we know is named
 * with its line.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { AgentError, isAgentError } from '../contract/error.ts'
import { parseLocated } from '../contract/json-lines.ts'
import type { Notify } from '../contract/reporter.ts'
import { whyUnreadable } from '../contract/system-error.ts'
import type { NamedTarget } from './mcp-entry.ts'
import { urlFault } from './mcp-url.ts'
import { expandVariables } from './mcp-variables.ts'

const MAX_FILE_BYTES = 1024 * 1024
/** Written by other clients, and without a meaning here. */
const FOREIGN = ['description', 'timeout', 'alwaysAllow', 'autoApprove', 'tools', 'envFile', 'oauth', 'trust', 'icon']

const stdioServer = z.looseObject({
  type: z.literal('stdio').optional(),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: z.record(z.string().regex(/^[^=\0]+$/), z.string()).default({}),
  cwd: z.string().min(1).optional(),
  disabled: z.boolean().default(false),
})
const httpServer = z.looseObject({
  type: z.enum(['http', 'streamable-http', 'streamableHttp']).optional(),
  url: z.string().min(1),
  headers: z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is no name of a header'), z.string()).default({}),
  disabled: z.boolean().default(false),
})
const TYPES = ['stdio', 'http', 'streamable-http', 'streamableHttp']

type Raw = { [key: string]: unknown }
type Problem = (path: readonly PropertyKey[], message: string, hint?: string) => AgentError
type Context = {
  /** Where the file was named. */
  from: string
  variables: Readonly<Record<string, string>>
  notify: Notify
}

/** @throws AgentError `bad-mcp-file` (exit 3) with file and line */
export function readServerFile(path: string, context: Context): NamedTarget[] {
  const { parsed, lines } = parseLocated(readText(path, context.from), (line, message) =>
    badFile(`${path}:${line}`, message),
  )
  const problem: Problem = (at, message, hint) => badFile(`${path}:${lines.lineOf(at)}`, message, hint)
  if (!isObject(parsed) || !isObject(parsed['mcpServers'])) {
    throw problem(['mcpServers'], 'the file has no "mcpServers", an object of servers by name', EXAMPLE)
  }
  tellUnknown(path, [], parsed, ['mcpServers', '$schema', 'inputs'], context)
  return Object.entries(parsed['mcpServers']).flatMap(([name, raw]) => {
    const at = ['mcpServers', name]
    if (!isObject(raw)) throw problem(at, `${JSON.stringify(name)} is no object`, EXAMPLE)
    // Nothing of a server that is left out needs to be right.
    if (raw['disabled'] === true) return []
    return [{ wantedName: name, target: targetOf(path, at, expand(raw, at, context, problem), context, problem) }]
  })
}

const EXAMPLE = '{ "mcpServers": { "files": { "command": "npx", "args": ["-y", "some-server"] } } }'

function targetOf(
  path: string,
  at: readonly string[],
  raw: Raw,
  context: Context,
  problem: Problem,
): NamedTarget['target'] {
  const { type } = raw
  if (type === 'sse') {
    const hint = 'most servers speak streamable HTTP too: "type": "http", often with a path that ends in /mcp'
    throw problem([...at, 'type'], 'the transport "sse" is obsolete and not supported', hint)
  }
  if (type !== undefined && !TYPES.includes(String(type))) {
    throw problem([...at, 'type'], `${JSON.stringify(type)} is no transport`, 'known are "stdio" and "http"')
  }
  if (type === 'stdio' || (type === undefined && raw['url'] === undefined)) {
    const { command, args, env, cwd, ...rest } = check(stdioServer, raw, at, problem)
    tellUnknown(path, at, rest, ['type', 'disabled', ...FOREIGN], context)
    const folder = cwd === undefined ? null : resolve(dirname(path), cwd)
    return { type: 'stdio', command: [command, ...args], environment: env, cwd: folder }
  }
  const { url, headers, ...rest } = check(httpServer, raw, at, problem)
  const fault = urlFault(url)
  if (fault !== null) throw problem([...at, 'url'], `the URL ${fault}`)
  tellUnknown(path, at, rest, ['type', 'disabled', ...FOREIGN], context)
  return { type: 'http', url, headers }
}

function check<T extends z.ZodType>(schema: T, raw: Raw, at: readonly string[], problem: Problem): z.infer<T> {
  const checked = schema.safeParse(raw)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const path = [...at, ...(issue?.path ?? [])]
  throw problem(
    path,
    `"${path.map(String).join('.')}" ${issue === undefined ? 'is not valid' : reason(issue)}`,
    EXAMPLE,
  )
}

function reason(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.message.endsWith('received undefined')
      ? 'is missing'
      : `is no ${EXPECTED[issue.expected] ?? issue.expected}`
  if (issue.code === 'too_small') return 'is empty'
  if (issue.code === 'invalid_key') return 'has a key that is no name'
  return issue.message
}

const EXPECTED: Readonly<Record<string, string>> = { string: 'text', array: 'list', record: 'object' }

/** Variables of all strings, however deep; keys stay as they are. */
function expand(raw: Raw, at: readonly string[], context: Context, problem: Problem): Raw {
  const inside = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value === 'string') {
      const expanded = expandVariables(value, context.variables)
      if ('text' in expanded) return expanded.text
      throw missing(expanded.missing, (message, hint) => problem(path, message, hint))
    }
    if (Array.isArray(value)) return value.map((item, index) => inside(item, [...path, String(index)]))
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item, [...path, key])]))
  }
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, inside(value, [...at, key])]))
}

function missing(name: string, problem: (message: string, hint?: string) => AgentError): AgentError {
  if (/^(ANTHROPIC|CLAUDE)_/.test(name)) {
    return problem(
      `\${${name}} is not handed on: the model's credentials reach no server`,
      'give the server a key of its own, under another name',
    )
  }
  return problem(`\${${name}} is not set`, `export ${name}, or write \${${name}:-default}`)
}

function tellUnknown(
  path: string,
  at: readonly string[],
  raw: Raw,
  known: readonly string[],
  { notify }: Context,
): void {
  for (const key of Object.keys(raw).filter((one) => !known.includes(one))) {
    notify('info', `${path}: "${[...at, key].join('.')}" is not known here and passed over`)
  }
}

function readText(path: string, from: string): string {
  const hint = `check the path given to ${from}`
  try {
    const status = statSync(path)
    if (!status.isFile()) throw badFile(path, status.isDirectory() ? 'is a directory' : 'is no file', hint)
    if (status.size > MAX_FILE_BYTES) throw badFile(path, 'is larger than 1 MiB', hint)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isAgentError(error)) throw error
    throw badFile(path, whyUnreadable(error), hint)
  }
}

function badFile(place: string, message: string, hint?: string): AgentError {
  const text = /:\d+$/.test(place) ? `${place}: ${message}` : `"${place}" ${message}`
  return new AgentError('bad-mcp-file', text, { exit: 'config', hint: hint ?? null })
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
