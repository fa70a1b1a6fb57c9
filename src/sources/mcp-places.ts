/**
 * What the user names with `--mcp`, a file of servers, a command line or a URL, as the servers that it
 * means. It starts nothing; of files it reads those that are named.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { McpPlace, ToolsConfig } from '../contract/config.ts'
import { AgentError } from '../contract/error.ts'
import type { Notify } from '../contract/reporter.ts'
import type { HttpEntry, McpEntry, NamedTarget } from './mcp-entry.ts'
import { nameOfCommand, nameOfUrl, withNames } from './mcp-names.ts'
import { urlFault } from './mcp-url.ts'
import { splitWords } from './mcp-words.ts'

/**
 * @returns  in the order of the command line, each under a name of its own
 * @throws   AgentError (exit 3) where a file is not there or cannot be used, or a text means nothing
 */
export async function mcpEntries(
  { mcp, variables }: Pick<ToolsConfig, 'mcp' | 'variables'>,
  notify: Notify,
): Promise<McpEntry[]> {
  const entries = await Promise.all(mcp.map((place) => entriesOf(place, variables, notify)))
  return withNames(entries.flat())
}

async function entriesOf(
  { text, directory }: McpPlace,
  variables: ToolsConfig['variables'],
  notify: Notify,
): Promise<NamedTarget[]> {
  if (/^https?:\/\//i.test(text)) return [urlEntry(text)]
  const path = resolve(directory, text)
  if (isFile(path) || text.endsWith('.json')) {
    // Where no file is named, nothing of its reading is loaded.
    const { readServerFile } = await import('./mcp-file.ts')
    return readServerFile(path, { variables, notify })
  }
  return [commandEntry(text, directory)]
}

function urlEntry(text: string): NamedTarget {
  const target: HttpEntry = { type: 'http', url: text, headers: {} }
  const fault = urlFault(text)
  // The text may hold a password, so it is not quoted.
  if (fault !== null) throw badServer(`the URL of --mcp ${fault}`)
  return { wantedName: nameOfUrl(new URL(text)), target }
}

function commandEntry(text: string, directory: string): NamedTarget {
  const words = splitWords(text)
  if (words === null) throw badServer(`${JSON.stringify(text)} holds a quote that is not closed`)
  const [program = ''] = words
  if (program.trim() === '') throw badServer('an empty text names no MCP server')
  if (/^[A-Za-z_]\w*=/.test(program)) {
    throw badServer(`${JSON.stringify(text)} begins with a variable, and no shell reads it`)
  }
  return {
    wantedName: nameOfCommand(words, directory),
    target: { type: 'stdio', command: words, environment: {}, cwd: null },
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function badServer(message: string): AgentError {
  return new AgentError('bad-mcp-server', message, {
    exit: 'config',
    hint: 'name a file, --mcp servers.json, a command, --mcp "node server.mjs", or a URL; headers and variables go into a file',
  })
}
