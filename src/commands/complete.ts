/**
 * `agent complete SHELL LINE [WORD]`, which the scripts of `agent completion` call at every Tab: what may
 * stand at the end of the line. It runs nothing that it finds, and of a mistake it says nothing: it would
 * stand in the middle of somebody's prompt.
 *
 * The first line of the answer is `words`, `files` or `folders`, what of the last word stays before a
 * path, and the path as far as it is typed, with tabs between. Then come words, each with a tab and what
 * it is. Words need no quotes in any shell: what would need some is left out.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unreachable } from '../contract/error.ts'
import type { CommandOutline } from '../help-outline.ts'
import { distFolder } from '../sources/installation.ts'
import type { Shell } from './shells.ts'
import { readTypedLine } from './typed-line.ts'
import type { Candidate, Wanted } from './wanted-word.ts'
import { wantedAt } from './wanted-word.ts'

/** No shell reads more into such a word than stands there. */
const PLAIN = /^[\w@%+=:,./-]*$/
/** What a path must not hold, to stand in a line. */
const CONTROL = /[\0-\x1f\x7f]/

type Answer = { kind: 'words' | 'files' | 'folders'; kept: string; path: string; words: readonly Candidate[] }

const NOTHING: Answer = { kind: 'words', kept: '', path: '', words: [] }

/**
 * @param line  as it was typed, up to the cursor, with the command's name
 * @param word  what bash will put the answer in the place of: the end of the last word, behind its last `=`
 * @returns     what is to be printed
 */
export async function complete(shell: Shell, line: string, word: string): Promise<string> {
  try {
    const typed = readTypedLine(line)
    // Our own build wrote this file.
    const outline = JSON.parse(readFileSync(join(distFolder(), 'outline.json'), 'utf8')) as CommandOutline
    const answer = await answerTo(wantedAt(outline, typed))
    const stays = shell === 'bash' && typed.last.endsWith(word) ? typed.last.length - word.length : 0
    return textOf(answer, stays)
  } catch {
    return textOf(NOTHING, 0)
  }
}

async function answerTo(wanted: Wanted): Promise<Answer> {
  const { values, prefix, typed } = wanted
  if (values === null) return NOTHING
  if (typeof values !== 'string') return ofList(wanted, values)
  switch (values) {
    case 'file':
      return { ...NOTHING, kind: 'files', kept: prefix, path: typed }
    case 'folder':
      return { ...NOTHING, kind: 'folders', kept: prefix, path: typed }
    case '@file':
      if (!typed.startsWith('@')) return beginning(wanted, [{ word: '@', about: 'a file' }])
      return { ...NOTHING, kind: 'files', kept: `${prefix}@`, path: typed.slice(1) }
    case 'run': {
      const found = beginning(wanted, [{ word: 'last', about: 'the newest run' }, ...(await runsHere())])
      return found.words.length > 0 ? found : { ...NOTHING, kind: 'files', kept: prefix, path: typed }
    }
    case 'tool':
      return beginning(wanted, await toolsOf(wanted))
    case 'tools': {
      const names = typed.split(',').slice(0, -1)
      const tools = (await toolsOf(wanted)).filter(({ word }) => !names.includes(word))
      return beginning(behindComma(wanted), tools)
    }
    case 'tool=':
      return ofList(
        wanted,
        (await toolsOf(wanted)).map(({ word, about }) => ({ word: `${word}=`, about })),
      )
    default:
      return unreachable(values)
  }
}

/** Loaded only where it is asked: most Tabs are for commands and flags. */
function known() {
  return import('./known-words.ts')
}

async function toolsOf({ given }: Wanted): Promise<Candidate[]> {
  const { knownTools, placeHere } = await known()
  return knownTools(given, placeHere())
}

async function runsHere(): Promise<Candidate[]> {
  const { knownRuns, placeHere } = await known()
  return knownRuns(placeHere())
}

/** Where words end in `=`, more of them may follow behind a comma. */
function ofList(wanted: Wanted, values: readonly (string | Candidate)[]): Answer {
  const words = values.map((one) => (typeof one === 'string' ? { word: one, about: '' } : one))
  return beginning(words.some(({ word }) => word.endsWith('=')) ? behindComma(wanted) : wanted, words)
}

function behindComma(wanted: Wanted): Wanted {
  const at = wanted.typed.lastIndexOf(',') + 1
  return { ...wanted, prefix: wanted.prefix + wanted.typed.slice(0, at), typed: wanted.typed.slice(at) }
}

function beginning({ prefix, typed }: Wanted, candidates: readonly Candidate[]): Answer {
  const words = candidates
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, about }) => ({ word: prefix + word, about }))
    .filter(({ word }) => PLAIN.test(word))
  return { ...NOTHING, words }
}

function textOf({ kind, kept, path, words }: Answer, stays: number): string {
  const head = CONTROL.test(kept + path) ? 'words\t\t' : `${kind}\t${kept}\t${path}`
  return `${[head, ...words.map(({ word, about }) => `${word.slice(stays)}\t${about}`)].join('\n')}\n`
}
