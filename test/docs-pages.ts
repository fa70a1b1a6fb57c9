/**
 * Takes the README and the pages of docs/ apart: code blocks, tables, examples, files, sessions. What
 * they say is checked by readme.test.ts and docs*.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXAMPLES } from '../src/help.ts'

export const ROOT = join(import.meta.dirname, '..')

export type Page = { path: string; text: string }

/** One is made by a script that takes minutes, the commands of the other need machines: only links from and to them are looked at. */
export const OTHERS = ['docs/benchmarks.md', 'docs/fleet.md']

/** @param folder  below the root; '' for the root itself */
export function markdownIn(folder: string): Page[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => join(folder, name))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

export const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

export const PAGES: readonly Page[] = [
  { path: 'README.md', text: README },
  ...markdownIn('docs').filter(({ path }) => !OTHERS.includes(path)),
]

export function pageAt(path: string): Page {
  const page = PAGES.find((one) => one.path === path)
  if (page === undefined) throw new Error(`there is no page ${path}`)
  return page
}

const TEXT = PAGES.map(({ text }) => text).join('\n')

type Block = { language: string; name: string | null; text: string }

/** The fenced blocks. A first line `// NAME` or `# NAME.sh` says that the block is a file, whole without that line. */
function blocksOf({ text }: Page): Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', inside = '']) => {
    const [, name = null, file = inside] = /^(?:\/\/|#) (\S+\.\w+)\n([\s\S]*)$/.exec(inside) ?? []
    return { language, name, text: file }
  })
}

/** The files that a page shows, by their names. */
export function filesOf(page: Page): Map<string, string> {
  return new Map(blocksOf(page).flatMap(({ name, text }) => (name === null ? [] : [[name, text]])))
}

/** The block of a terminal in which this was typed, without that line. */
export function shownFor(command: string): string {
  const blocks = PAGES.flatMap(blocksOf).filter(({ language }) => language === '')
  const block = blocks.find(({ text }) => text.startsWith(`$ ${command}\n`))?.text
  if (block === undefined) throw new Error(`no page shows a terminal with ${command}`)
  return block.slice(block.indexOf('\n') + 1)
}

/** The README's table that a script makes, between its two marks. */
export function tableOfFlags(): string {
  const [, inside] = /<!-- made by docs\/make-flags\.mjs -->\n\n([\s\S]*?)\n<!-- until here -->/.exec(README) ?? []
  if (inside === undefined) throw new Error('the README has no table of flags')
  return inside
}

/** All that is written by hand: without the table of flags, which would agree with itself. */
export function prose(): string {
  return TEXT.replace(tableOfFlags(), '')
}

/** Cells of the table below a heading, without its head. One page only has such a table. */
export function table(heading: string): string[][] {
  const tables = PAGES.flatMap(({ text }) => text.split(/^#+ /m))
    .filter((text) => text.startsWith(`${heading}\n`))
    .map((text) => text.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length > 0)
  const [lines, another] = tables
  if (lines === undefined || another !== undefined) throw new Error(`${tables.length} tables below "${heading}"`)
  return lines.slice(2).map(cells)
}

/** The cells of a line of a table. */
export function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}

/** What stands in backticks. */
export function code(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

export function withoutBackticks(text = ''): string {
  return text.replaceAll('`', '')
}

export type Example = {
  page: Page
  command: string /** The comment behind it: what it prints. */
  prints: string | null
}

/** Every command that a reader may type by itself: of the shell blocks, of the prose, and of the help. */
export function examples(): Example[] {
  const found = PAGES.flatMap((page) => {
    const lines = blocksOf(page).flatMap(({ language, name, text }) => {
      return language === 'sh' && name === null ? text.split('\n') : []
    })
    const inline = code(page.text.replace(/^```[\s\S]*?^```$/gm, '')).filter((text) => /^agent \w+ .*["'{]/.test(text))
    const ofHelp = page.text === README ? (EXAMPLES.split('Examples:\n')[1]?.split('\n') ?? []) : []
    const typed = [...lines, ...inline, ...ofHelp].map((line) => line.trim()).filter((line) => line !== '')
    return [...new Set(typed)].map((line) => ({ page, command: line, prints: / # ?(.*)$/.exec(line)?.[1] ?? null }))
  })
  return found.filter((one, index) => found.findIndex(({ command }) => command === one.command) === index)
}

export type Step = { command: string; prints: string; code: number }
/** Commands that are typed one after another, in the same folder. */
export type Session = { page: Page; title: string; steps: Step[] }

/** The `console` blocks: `$ command` with what it prints, and `$ echo $?` where its code is not 0. */
export function sessions(): Session[] {
  return PAGES.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language === 'console')
      .flatMap(({ text }) => text.split(/^(?=# )/m).filter((part) => part.includes('$ ')))
      .map((text) => ({ page, title: text.split('\n')[0] ?? '', steps: stepsOf(text) })),
  )
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = []
  for (const part of text.split(/^\$ /m).slice(1)) {
    const [command = '', ...lines] = part.trimEnd().split('\n')
    const last = steps.at(-1)
    if (command === 'echo $?' && last !== undefined) last.code = Number(lines[0])
    else steps.push({ command, prints: lines.join('\n'), code: 0 })
  }
  return steps
}
