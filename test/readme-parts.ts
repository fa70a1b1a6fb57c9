/** Takes the README apart: code blocks, tables, examples. What they say is checked by readme*.test.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const README = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')

/** The insides of the fenced blocks of a language; '' for those that name none. */
export function blocks(language: string): string[] {
  return [...README.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '')
}

/** The block of a terminal in which this was typed, without that line. */
export function shownFor(command: string): string {
  const block = blocks('').find((text) => text.startsWith(`$ ${command}\n`))
  if (block === undefined) throw new Error(`README shows no terminal with ${command}`)
  return block.slice(block.indexOf('\n') + 1)
}

/** Everything but the block with the help, which would agree with itself. */
export function prose(): string {
  return README.replace(shownFor('agent ask --help'), '')
}

/** Cells of the first table below a heading, without its head. */
export function table(heading: string): string[][] {
  const section = README.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** What stands in backticks. */
export function code(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

export function withoutBackticks(text = ''): string {
  return text.replaceAll('`', '')
}

export type Example = { command: string /** The comment behind it: what it prints. */; prints: string | null }

/** Every command that a reader may type: of the shell blocks, of the prose, and of the help. */
export function examples(): Example[] {
  const lines = blocks('sh').flatMap((block) => block.split('\n'))
  const inline = code(prose().replace(/^```[\s\S]*?^```$/gm, '')).filter((text) => /^agent ask .*["']/.test(text))
  const ofHelp = shownFor('agent ask --help').split('Examples:\n')[1]?.split('\n') ?? []
  const typed = [...lines, ...inline, ...ofHelp].map((line) => line.trim()).filter((line) => line !== '')
  return [...new Set(typed)].map((line) => ({ command: line, prints: / # (.*)$/.exec(line)?.[1] ?? null }))
}
