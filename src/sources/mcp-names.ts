/**
 * What a server is called that has no name of its own: after the program that its command line runs,
 * past the runners and interpreters in front of it, or after its host.
 */
import { basename, dirname, resolve } from 'node:path'
import type { McpEntry, NamedTarget } from './mcp-entry.ts'

/** Room for `mcp__`, `__` and a tool's name of some length within 64 characters. */
const MAX_SERVER_NAME = 32

/** In front of what they run, with those of their options that take a word of its own. */
type Runner = { verbs?: readonly string[]; valued: readonly string[]; named: readonly string[]; packages: boolean }

const NODE_OPTIONS = ['-r', '--require', '--import', '--loader', '--experimental-loader', '-C', '--env-file']
const DOCKER_OPTIONS = [
  ...['-e', '--env', '--env-file', '-v', '--volume', '--mount', '-p', '--publish', '--name', '--network', '--net'],
  ...['-u', '--user', '-w', '--workdir', '--entrypoint', '-l', '--label', '-m', '--memory', '--cpus', '--platform'],
  ...['-h', '--hostname', '--add-host', '--pull', '--restart'],
]
const PYTHON: Runner = { valued: ['-W', '-X'], named: ['-m'], packages: false }
const SHELL: Runner = { valued: ['-o'], named: [], packages: false }
const DOCKER: Runner = { verbs: ['run', 'container'], valued: DOCKER_OPTIONS, named: [], packages: true }
const NPM: Runner = {
  verbs: ['dlx', 'exec', 'x', 'run'],
  valued: ['--registry', '-w', '--workspace'],
  named: ['-p', '--package'],
  packages: true,
}

const RUNNERS = new Map<string, Runner>([
  ['node', { valued: NODE_OPTIONS, named: [], packages: false }],
  ['tsx', { valued: NODE_OPTIONS, named: [], packages: false }],
  ['deno', { verbs: ['run'], valued: ['-c', '--config'], named: [], packages: true }],
  ['python', PYTHON],
  ['python3', PYTHON],
  ['ruby', { valued: ['-r', '-I'], named: [], packages: false }],
  ['java', { valued: ['-cp', '-classpath'], named: ['-jar'], packages: false }],
  ['sh', SHELL],
  ['bash', SHELL],
  ['zsh', SHELL],
  ['npx', NPM],
  ['npm', NPM],
  ['pnpm', NPM],
  ['yarn', NPM],
  ['bunx', NPM],
  ['bun', NPM],
  ['uvx', { valued: ['-p', '--python', '--with', '--index-url', '--directory'], named: ['--from'], packages: true }],
  [
    'uv',
    {
      verbs: ['run', 'tool'],
      valued: ['--directory', '--project', '-p', '--python', '--with', '--extra'],
      named: ['-m', '--module'],
      packages: true,
    },
  ],
  ['pipx', { verbs: ['run'], valued: ['--python'], named: ['--spec'], packages: true }],
  ['docker', DOCKER],
  ['podman', DOCKER],
])

const SCRIPT = /\.([cm]?[jt]sx?|py)$/
/** Names of files that say nothing of what is in them; their folder does. */
const PLAIN_FILE = /^(index|main|cli|server|app|start|stdio|__main__)$/
const PLAIN_FOLDER = /^(dist|build|lib|src|bin|out|\.|)$/

/** @param directory  where the command line was written */
export function nameOfCommand(words: readonly string[], directory: string): string {
  const program = withoutEnding(basename(words[0] ?? ''))
  const runner = RUNNERS.get(program)
  const run = runner === undefined ? null : runWord(runner, words.slice(1))
  if (runner === undefined || run === null) return nameOfFile(words[0] ?? '', directory)
  if (runner.packages && !SCRIPT.test(run)) return nameOfPackage(run)
  return nameOfFile(run, directory)
}

/** @returns the script, module or package that it runs; null where it names none */
function runWord(runner: Runner, words: readonly string[]): string | null {
  let inFront = runner.verbs ?? []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const [option = '', value] = word.split('=', 2)
    if (runner.named.includes(option)) return value ?? words[at + 1] ?? null
    if (word === '--') continue
    if (runner.valued.includes(word)) at += 1
    else if (!word.startsWith('-')) {
      if (!inFront.includes(word)) return word
      // `uv tool run x`, `docker container run x`
      inFront = inFront.includes('run') ? ['run'] : []
      if (word === 'run') inFront = []
    }
  }
  return null
}

/** `@scope/name@1.2`, `name==1.2`, `ghcr.io/owner/name:tag@sha256:...`, `npm:name` */
function nameOfPackage(text: string): string {
  const path = text.replace(/^(npm|jsr):/, '').replace(/(?<=.)(@|==|>=|~=|\[).*$/, '')
  return basename(path).replace(/:.*$/, '')
}

function nameOfFile(path: string, directory: string): string {
  const name = withoutEnding(basename(path))
  // The name of a program that is looked up, or of a module, says enough.
  if (!PLAIN_FILE.test(name) || (!path.includes('/') && !/\.\w+$/.test(path))) return name
  let folder = dirname(resolve(directory, path))
  while (PLAIN_FOLDER.test(basename(folder)) && folder !== dirname(folder)) folder = dirname(folder)
  return basename(folder) || name
}

function withoutEnding(name: string): string {
  return name.replace(/\.(exe|cmd|bat|[cm]?js|[cm]?tsx?|py|sh|bash|rb|jar)$/i, '')
}

export function nameOfUrl(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** Cleaned for the names of tools; those that are taken get `_2`, `_3`. */
export function withNames(entries: readonly NamedTarget[]): McpEntry[] {
  const taken = new Set<string>()
  return entries.map(({ wantedName, target }) => {
    const base = wantedName.replace(/[^A-Za-z0-9_-]/gu, '_').slice(0, MAX_SERVER_NAME) || 'server'
    let name = base
    for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`
    taken.add(name)
    return { name, target }
  })
}
