/**
 * The shape of the program: which folder may import which, who is the door to which package, where
 * time, environment and exit live, and how long a file may be. docs/architecture.md says it in words.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

type Source = { path: string; text: string; imports: { specifier: string; typeOnly: boolean }[] }

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesUnder(path) : path.endsWith('.ts') ? [path] : []
  })
}

const IMPORT =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"()]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

function read(path: string): Source {
  const text = readFileSync(path, 'utf8')
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/[^\n]*/g, '$1')
  const imports = [...code.matchAll(IMPORT)].map((match) => ({
    specifier: match[3] ?? match[4] ?? '',
    typeOnly: match[2] !== undefined,
  }))
  return { path: relative(root, path), text: code, imports }
}

const sources = filesUnder(join(root, 'src')).map(read)
const tools = filesUnder(join(root, 'tools')).map(read)

/** A folder of src/, or a file at its top by its stem; config-*.ts and the like count as their first word. */
function room(path: string): string {
  const [, first = '', second] = path.split('/')
  return second === undefined ? (first.replace(/\.ts$/, '').split('-')[0] ?? '') : first
}

/** Who may import whom; `contract` is open to all and needs no mention. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  models: [],
  schema: [],
  process: [],
  sources: ['host', 'schema', 'process'],
  policies: [],
  journal: [],
  cassette: [],
  reporters: [],
  host: ['schema'],
  define: [],
  schedule: ['policies'],
  run: ['schedule', 'policies', 'models', 'schema', 'sources', 'journal', 'reporters'],
  open: ['run', 'schedule', 'policies', 'models', 'sources', 'journal', 'cassette', 'reporters'],
}
/** The top: commands, index, program, main and the configuration they share. */
const TOP = ['config', 'flags', 'help', 'duration', 'commands', 'index', 'program', 'main']

function importedFile(source: Source, specifier: string): string | null {
  return specifier.startsWith('.') ? relative(root, resolve(root, dirname(source.path), specifier)) : null
}

/** What of src/ these import. */
function edges(files: readonly Source[] = sources): { from: string; to: string; typeOnly: boolean }[] {
  return files.flatMap((source) =>
    source.imports.flatMap(({ specifier, typeOnly }) => {
      const to = importedFile(source, specifier)
      return to === null || !to.startsWith('src/') ? [] : [{ from: source.path, to, typeOnly }]
    }),
  )
}

function offenders(pattern: RegExp, homes: readonly RegExp[]): string[] {
  return sources
    .filter(({ path, text }) => pattern.test(text) && !homes.some((home) => home.test(path)))
    .map(({ path }) => path)
}

describe('the architecture', () => {
  it('sends imports one way', () => {
    const wrong = edges().filter(({ from, to }) => {
      const [here, there] = [room(from), room(to)]
      if (here === there || there === 'contract') return false
      if (TOP.includes(here)) return here !== 'main' && here !== 'program' && (there === 'main' || there === 'program')
      return !(MAY_IMPORT[here] ?? []).includes(there)
    })
    expect(wrong).toEqual([])
  })

  it('lets shipped tools import what the page says', () => {
    const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
    const [, said = ''] = /^\| `tools\/` .*\| (.*?) *\|$/m.exec(page) ?? []
    expect(said).toContain('`defineTool`')
    const rooms = said.split(', ').map((name) => (name === '`defineTool`' ? 'define' : name))
    expect([...new Set(edges(tools).map(({ to }) => room(to)))].sort()).toEqual(rooms.sort())
  })

  it('opens the host to others by its protocol only', () => {
    const wrong = edges().filter(({ from, to }) => room(to) === 'host' && room(from) !== 'host')
    expect(wrong.filter(({ to }) => to !== 'src/host/protocol.ts')).toEqual([])
  })

  it('lets each package in through one file', () => {
    const doors = new Map<string, Set<string>>()
    for (const { path, imports } of [...sources, ...tools]) {
      for (const { specifier } of imports) {
        if (/^(\.|node:)/.test(specifier)) continue
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/')
        doors.set(name, (doors.get(name) ?? new Set()).add(path))
      }
    }
    // Schemas are everywhere that foreign data is parsed; zod is a language here, not a service.
    doors.delete('zod')
    expect([...doors].filter(([, files]) => files.size > 1).map(([name, files]) => [name, [...files]])).toEqual([])
  })

  it('has no cycles among files, types apart', () => {
    const graph = new Map<string, string[]>()
    for (const { from, to, typeOnly } of edges()) if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to])
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[][] = []
    const visit = (path: string, trail: string[]) => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path])
        return
      }
      state.set(path, 'open')
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      state.set(path, 'done')
    }
    for (const path of graph.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })

  it('keeps files under 250 lines, and most under 120', () => {
    const lengths = [...sources, ...tools].map(({ path }) => ({
      path,
      lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1,
    }))
    expect(lengths.filter(({ lines }) => lines >= 250)).toEqual([])
    expect(lengths.filter(({ lines }) => lines < 120).length).toBeGreaterThan(lengths.length / 2)
  })

  it('has no room for what has no name', () => {
    const names = sources.flatMap(({ path }) => path.split('/'))
    expect(names.filter((name) => /^(utils?|common|helpers?|misc|shared|lib)(\.ts)?$/.test(name))).toEqual([])
    expect(sources.filter(({ path }) => /\/index\.ts$/.test(path)).map(({ path }) => path)).toEqual(
      sources.some(({ path }) => path === 'src/index.ts') ? ['src/index.ts'] : [],
    )
  })

  it('keeps time, environment, exit and console in their homes', () => {
    expect(offenders(/\bset(Timeout|Interval)\(/, [/^src\/contract\/clock\.ts$/, /^src\/host\//])).toEqual([])
    expect(offenders(/\bDate\.now\(|\bperformance\.now\(/, [/^src\/contract\/clock\.ts$/, /^src\/host\//])).toEqual([])
    expect(offenders(/\bMath\.random\(/, [/^src\/contract\/clock\.ts$/])).toEqual([])
    expect(offenders(/\bprocess\.env\b/, [/^src\/config\.ts$/])).toEqual([])
    expect(offenders(/\bprocess\.exit(Code)?\b/, [/^src\/main\.ts$/, /^src\/host\//])).toEqual([])
    expect(offenders(/\bconsole\.(log|error|warn|info|debug|trace|dir|table)\b/, [])).toEqual([])
  })

  it('begins every file with what it answers', () => {
    const silent = [...sources, ...tools].filter(
      ({ path }) => !readFileSync(join(root, path), 'utf8').startsWith('/**'),
    )
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  it('leaves no unfinished marks', () => {
    const marks = [...sources, ...tools].filter(({ path }) =>
      new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')).test(readFileSync(join(root, path), 'utf8')),
    )
    expect(marks.map(({ path }) => path)).toEqual([])
  })
})
