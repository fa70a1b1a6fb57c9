/** What `--mcp` may name, and what is said where it names nothing. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of a server file
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AgentError } from '../../src/contract/error.ts'
import { nameOfCommand } from '../../src/sources/mcp-names.ts'
import { mcpEntries } from '../../src/sources/mcp-places.ts'
import { splitWords } from '../../src/sources/mcp-words.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'agent-mcp-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function entries(texts: string[], directory = '/nowhere', variables: Record<string, string> = {}) {
  const notes: string[] = []
  const mcp = texts.map((text) => ({ text, directory, from: '--mcp' }))
  return mcpEntries({ mcp, variables }, (level, text) => notes.push(`${level}: ${text}`)).then((found) => ({
    found,
    notes,
  }))
}

async function mistake(texts: string[], directory?: string, variables?: Record<string, string>): Promise<AgentError> {
  const error = await entries(texts, directory, variables).then(
    () => null,
    (thrown: AgentError) => thrown,
  )
  if (error === null) throw new Error('no mistake was found')
  expect(error.exitCode).toBe(3)
  return error
}

/** One server in a file, and what becomes of it. */
function inFile(server: unknown, variables?: Record<string, string>) {
  const directory = folder()
  writeFileSync(join(directory, 'servers.json'), JSON.stringify({ mcpServers: { one: server } }, null, 2))
  return {
    directory,
    read: async () => {
      const { found, notes } = await entries(['servers.json'], directory, variables)
      return { target: found[0]?.target, notes }
    },
    mistake: async () => (await mistake(['servers.json'], directory, variables)).message.replace(directory, ''),
  }
}

describe('words of a command line', () => {
  it('are split as a shell splits them, and nothing is expanded', () => {
    const words: [string, string[]][] = [
      ['node server.mjs  --flag', ['node', 'server.mjs', '--flag']],
      [`node 'a b' "c d" e\\ f`, ['node', 'a b', 'c d', 'e f']],
      [`a"b c"'d e'f`, ['ab cd ef']],
      [`'' ""`, ['', '']],
      [`"a\\"b" "a\\nb" '\\n'`, ['a"b', 'a\\nb', '\\n']],
      ['echo $HOME *.js ~ `x` | y', ['echo', '$HOME', '*.js', '~', '`x`', '|', 'y']],
      ['a \\\n b', ['a', 'b']],
      [' \t\n ', []],
      ['a\\', ['a\\']],
    ]
    for (const [text, expected] of words) expect(splitWords(text), text).toEqual(expected)
  })

  it('have an open quote that is found', () => {
    for (const text of [`node "x`, `node 'x`, `node "x\\"`]) expect(splitWords(text), text).toBeNull()
  })
})

describe('the name of a server', () => {
  it('is that of what the command line runs', () => {
    const names: [string, string][] = [
      ['npx -y @modelcontextprotocol/server-everything stdio', 'server-everything'],
      ['npx -y @scope/thing@1.2.3 --port 3', 'thing'],
      ['npx --package=@scope/thing thing-cli', 'thing'],
      ['pnpm dlx some-server@latest', 'some-server'],
      ['bunx some-server', 'some-server'],
      ['npm exec -- some-server', 'some-server'],
      ['uvx mcp-server-git --repository /x', 'mcp-server-git'],
      ['uvx --from mcp-server-git==1.0 run', 'mcp-server-git'],
      ['uv tool run thing', 'thing'],
      ['uv --directory /x run main.py', 'project'],
      ['docker run -i --rm -e TOKEN ghcr.io/github/github-mcp-server:latest', 'github-mcp-server'],
      ['docker run --rm -v /a:/b mcp/files@sha256:abc', 'files'],
      ['node --no-warnings -r ./hook.js ./tools/notes.mjs /data', 'notes'],
      ['node /opt/weather/dist/index.js', 'weather'],
      ['node dist/index.js', 'project'],
      ['node node_modules/@modelcontextprotocol/server-memory/dist/index.js', 'server-memory'],
      ['python3 -m mcp_server_time', 'mcp_server_time'],
      ['python server.py', 'project'],
      ['bash start-it.sh', 'start-it'],
      ['mcp-server-git --repository .', 'mcp-server-git'],
      ['/usr/local/bin/github-mcp-server stdio', 'github-mcp-server'],
      ['deno run -A ./files.ts', 'files'],
      ['java -jar /x/thing-1.jar', 'thing-1'],
      ['node', 'node'],
    ]
    for (const [text, expected] of names) {
      const name = nameOfCommand(splitWords(text) ?? [], '/home/me/project')
      expect(name, text).toBe(expected)
    }
  })

  it('is the host of a URL, cleaned for the names of tools', async () => {
    const { found } = await entries(['https://mcp.example.com/mcp', 'http://127.0.0.1:3001/mcp', 'HTTP://[::1]:1/x'])
    expect(found.map(({ name }) => name)).toEqual(['mcp_example_com', '127_0_0_1', '__1'])
    expect(found.map(({ target }) => target.type)).toEqual(['http', 'http', 'http'])
  })

  it('gets a number where it is taken', async () => {
    const { found } = await entries(['node notes.mjs', 'node notes.mjs', 'node other/notes.mjs'])
    expect(found.map(({ name }) => name)).toEqual(['notes', 'notes_2', 'notes_3'])
  })
})

describe('what --mcp names', () => {
  it('is a file where it ends in .json or exists, and a command otherwise', async () => {
    const directory = folder()
    const text = JSON.stringify({ mcpServers: { 'my files': { command: 'x', args: ['a b'], env: { A: '1' } } } })
    writeFileSync(join(directory, 'servers'), text)
    mkdirSync(join(directory, 'node'))
    const { found } = await entries(['servers', 'node "a b.mjs"', 'node'], directory)
    expect(found).toEqual([
      { name: 'my_files', target: { type: 'stdio', command: ['x', 'a b'], environment: { A: '1' }, cwd: null } },
      { name: 'a_b', target: { type: 'stdio', command: ['node', 'a b.mjs'], environment: {}, cwd: null } },
      { name: 'node', target: { type: 'stdio', command: ['node'], environment: {}, cwd: null } },
    ])
    expect((await mistake(['missing.json'], directory)).message).toContain('missing.json" does not exist')
  })

  it('is refused with a hint where it means nothing', async () => {
    expect((await mistake(['node "x'])).message).toBe('--mcp: "node \\"x" holds a quote that is not closed')
    expect((await mistake(['  '])).message).toContain('names no MCP server')
    expect((await mistake(['A=1 node x.mjs'])).message).toContain('begins with a variable')
    expect((await mistake(['http://'])).hint).toContain('--mcp servers.json')
    const secret = await mistake(['https://me:hunter22@example.com/mcp'])
    expect(secret.message).toContain('user name or password')
    expect(`${secret.message} ${secret.hint}`).not.toContain('hunter22')
  })
})

describe('a file of servers', () => {
  it('has the variables that it asks for put in, wherever a text stands', async () => {
    const server = { command: '${BIN}', args: ['--x=${A:-b}', '${EMPTY:-c}', '$A'], env: { T: 'x${BIN}y' }, cwd: 'sub' }
    const file = inFile(server, { BIN: 'prog', EMPTY: '' })
    expect((await file.read()).target).toEqual({
      type: 'stdio',
      command: ['prog', '--x=b', 'c', '$A'],
      environment: { T: 'xprogy' },
      cwd: join(file.directory, 'sub'),
    })
    const http = inFile(
      { type: 'http', url: 'https://${H}/mcp', headers: { Authorization: 'Bearer ${T}' } },
      { H: 'h', T: 't' },
    )
    expect((await http.read()).target).toEqual({
      type: 'http',
      url: 'https://h/mcp',
      headers: { Authorization: 'Bearer t' },
    })
  })

  it('names file, line and variable where one is not set', async () => {
    expect(await inFile({ command: 'x', env: { T: '${TOKEN}' } }).mistake()).toBe(
      '/servers.json:6: ${TOKEN} is not set',
    )
  })

  it('S2 says of the credentials of the model that they reach no server', async () => {
    const message = await inFile({ command: 'x', env: { K: '${ANTHROPIC_API_KEY}' } }).mistake()
    expect(message).toContain("the model's credentials reach no server")
    expect((await inFile({ command: 'x', args: ['${ANTHROPIC_API_KEY:-none}'] }).read()).target).toMatchObject({
      command: ['x', 'none'],
    })
  })

  it('takes what other clients write, and tells what it passes over', async () => {
    const { target, notes } = await inFile({ type: 'stdio', command: 'x', gallery: true, timeout: 3 }).read()
    expect(target).toMatchObject({ command: ['x'] })
    expect(notes).toEqual([expect.stringMatching(/^info: .*"mcpServers.one.gallery" is not known here/)])
    expect((await inFile({ type: 'streamable-http', url: 'http://h/' }).read()).target).toMatchObject({ type: 'http' })
    expect((await inFile({ url: 'http://h/' }).read()).target).toMatchObject({ type: 'http' })
    expect((await inFile({ command: 3, args: '${NOT_SET}', disabled: true }).read()).target).toBeUndefined()
  })

  it('has every mistake named with its line', async () => {
    const mistakes: [unknown, string][] = [
      [{ type: 'sse', url: 'http://h/' }, ':4: the transport "sse" is obsolete'],
      [{ type: 'grpc' }, ':4: "grpc" is no transport'],
      [{ args: [] }, ':3: "mcpServers.one.command" is missing'],
      [{ command: '' }, ':4: "mcpServers.one.command" is empty'],
      [{ command: 'x', args: 'y' }, ':5: "mcpServers.one.args" is no list'],
      [{ command: 'x', args: ['y', 3] }, ':7: "mcpServers.one.args.1" is no text'],
      [{ command: 'x', env: { A: 1 } }, ':6: "mcpServers.one.env.A" is no text'],
      [{ type: 'http' }, ':3: "mcpServers.one.url" is missing'],
      [{ type: 'http', url: 'ftp://h/' }, ':5: the URL does not begin with http:// or https://'],
      ['x', ':3: "one" is no object'],
    ]
    for (const [server, expected] of mistakes) expect(await inFile(server).mistake()).toContain(expected)
    const directory = folder()
    const message = async (text: string) => {
      writeFileSync(join(directory, 'servers.json'), text)
      return (await mistake(['servers.json'], directory)).message
    }
    expect(await message('{ "mcpServers": {},\n }')).toContain('servers.json:2: no JSON')
    expect(await message('{}')).toContain('has no "mcpServers"')
    expect(await message('{"mcpServers": {"a": {},\n"a": {}}}')).toContain(':2: "mcpServers.a" stands twice')
  })
})
