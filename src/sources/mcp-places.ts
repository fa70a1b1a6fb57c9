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

async function entriesOf(place: McpPlace, variables: ToolsConfig['variables'], notify: Notify): Promise<NamedTarget[]> {
  const { text, directory, from } = place
  if (/^https?:\/\//i.test(text)) return [urlEntry(place)]
  const path = resolve(directory, text)
  if (isFile(path) || text.endsWith('.json')) {
    // Where no file is named, nothing of its reading is loaded.
    const { readServerFile } = await import('./mcp-file.ts')
    return readServerFile(path, { from, variables, notify })
  }
  return [commandEntry(place)]
}

function urlEntry({ text, from }: McpPlace): NamedTarget {
  const target: HttpEntry = { type: 'http', url: text, headers: {} }
  const fault = urlFault(text)
  // The text may hold a password, so it is not quoted.
  if (fault !== null) throw badServer(from, `the URL ${fault}`)
  return { wantedName: nameOfUrl(new URL(text)), target }
}

function commandEntry({ text, directory, from }: McpPlace): NamedTarget {
  const words = splitWords(text)
  if (words === null) throw badServer(from, `${JSON.stringify(text)} holds a quote that is not closed`)
  const [program = ''] = words
  if (program.trim() === '') throw badServer(from, 'an empty text names no MCP server')
  if (/^[A-Za-z_]\w*=/.test(program)) {
    throw badServer(from, `${JSON.stringify(text)} begins with a variable, and no shell reads it`)
  }
  return {
    wantedName: nameOfCommand(words, directory),
    target: { type: 'stdio', command: words, environment: {}, cwd: null },
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function badServer(from: string, message: string): AgentError {
  const flag = from === '--mcp' ? '--mcp ' : ''
  return new AgentError('bad-mcp-server', `${from}: ${message}`, {
    exit: 'config',
    hint: `name a file, ${flag}servers.json, a command, ${flag}"node server.mjs", or a URL; headers and variables go into a file`,
  })
}
