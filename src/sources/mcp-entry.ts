/**
 * What `--mcp` comes down to, however it was written: a server, its name, and how it is reached.
 */
export type StdioEntry = {
  type: 'stdio'
  command: string[]
  /** Over what every program gets. */
  environment: Record<string, string>
  /** Absolute; null: our own. */
  cwd: string | null
}

export type HttpEntry = { type: 'http'; url: string; headers: Record<string, string> }

export type McpEntry = {
  /** Of letters, digits, _ and -; each once in a run. */
  name: string
  target: StdioEntry | HttpEntry
}

/** An entry whose name another one may have as well. */
export type NamedTarget = { wantedName: string; target: StdioEntry | HttpEntry }
