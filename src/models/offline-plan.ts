/**
 * Decides which calls the offline model makes. Pure and deterministic: words of the question are
 * compared with the words of the tools, nothing is understood. Only tools with effect `read` are
 * ever picked by their words; any other one runs only in the explicit form.
 */
import type { ToolDefinition } from '../contract/tool.ts'
import type { PlannedCall } from './offline-explicit.ts'
import { findExplicitCalls } from './offline-explicit.ts'
import { fillParameters } from './offline-fill.ts'
import { isExpression, parametersOf } from './offline-parameter.ts'
import type { Word } from './offline-words.ts'
import { isStopWord, normalWord, splitList, trimValue, withoutShouting, wordsOf } from './offline-words.ts'

/** The calls of one turn, or why there are none, as a sentence for the user. */
export type Plan = { type: 'calls'; calls: PlannedCall[] } | { type: 'no_plan'; reason: string }

export function planCalls(question: string, tools: readonly ToolDefinition[]): Plan {
  const explicit = findExplicitCalls(question, (name) => tools.some((tool) => tool.name === name))
  if (explicit.type === 'calls') return explicit
  if (explicit.type === 'unreadable') {
    return { type: 'no_plan', reason: `The input of ${explicit.name} cannot be read: ${explicit.reason}.` }
  }
  return planByWords(withoutShouting(question), tools)
}

function planByWords(question: string, tools: readonly ToolDefinition[]): Plan {
  const words = wordsOf(question)
  const read = tools.filter((tool) => tool.effect === 'read')
  const picked = pickTools(read, words)
  if (picked.length === 0) return planByShape(question, read) ?? noMatch(tools, words)
  const calls: PlannedCall[] = []
  for (const { tool, candidates } of phrasesFor(question, picked, words)) {
    const filled = candidates.map((text) => fillParameters(tool.input_schema, text))
    const best = filled.find((one) => one.type === 'inputs') ?? filled[0]
    if (best?.type !== 'inputs') {
      const missing = best?.parameter ?? ''
      return { type: 'no_plan', reason: `${tool.name} fits the question, but nothing in it fills "${missing}".` }
    }
    calls.push(...best.inputs.map((input) => ({ name: tool.name, input })))
  }
  return { type: 'calls', calls }
}

/** A tool and the places of the words that speak for it. */
type Picked = { tool: ToolDefinition; matched: Set<number>; ofName: number }

/** Every tool that a word speaks for, but for those whose words all speak for a better one too. */
function pickTools(tools: readonly ToolDefinition[], words: readonly Word[]): Picked[] {
  const matching = tools.map((tool) => matchTool(tool, words)).filter(({ matched }) => matched.size > 0)
  return matching.filter((one, index) => {
    return !matching.some((other, otherIndex) => {
      if (other === one || ![...one.matched].every((at) => other.matched.has(at))) return false
      if (other.matched.size > one.matched.size) return true
      return other.ofName > one.ofName || (other.ofName === one.ofName && otherIndex < index)
    })
  })
}

function matchTool(tool: ToolDefinition, words: readonly Word[]): Picked {
  const normal = words.map((word) => (isStopWord(word.text) ? '' : normalWord(word.text)))
  const nameWords = wordsOfName(tool.name)
  const phrases = [[normalWord(tool.name)], ...nameWords.map((word) => [word]), ...tool.keywords.map(wordsOfKeyword)]
  const matched = new Set<number>()
  for (const phrase of phrases.filter((one) => one.length > 0)) {
    for (let at = 0; at + phrase.length <= normal.length; at += 1) {
      if (phrase.every((word, offset) => normal[at + offset] === word))
        for (let offset = 0; offset < phrase.length; offset += 1) matched.add(at + offset)
    }
  }
  const said = nameWords.filter((word) => normal.includes(word)).length
  return { tool, matched, ofName: said / Math.max(nameWords.length, 1) }
}

/** `mcp__files__read_text` is read and text; `getWeather` is weather. */
function wordsOfName(name: string): string[] {
  const own = name.split('__').at(-1) ?? name
  return own
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .split(/[_-]+/)
    .filter((word) => word !== '' && !isStopWord(word.toLowerCase()))
    .map(normalWord)
}

function wordsOfKeyword(keyword: string): string[] {
  const words = wordsOf(keyword).map((word) => word.text.toLowerCase())
  return words.some(isStopWord) ? [] : words.map(normalWord)
}

/** What may fill each tool's parameters: pieces of the question, the likeliest first. */
function phrasesFor(question: string, picked: readonly Picked[], words: readonly Word[]) {
  const mentions = words.flatMap((word, at) => {
    const owners = picked.filter(({ matched }) => matched.has(at))
    return owners.length === 0 ? [] : [{ word, owners }]
  })
  const prefix = question.slice(0, mentions[0]?.word.start)
  const pieces = mentions.map(({ word, owners }, index) => ({
    owners,
    text: question.slice(word.end, mentions[index + 1]?.word.start),
  }))
  // "SF weather, Tokyo time": the values stand before their words where nothing stands behind the last one
  const valuesComeFirst = trimValue(prefix) !== '' && trimValue(pieces.at(-1)?.text ?? '') === ''
  return picked
    .map((one) => {
      const indexes = pieces.flatMap(({ owners }, index) => (owners.includes(one) ? [index] : []))
      const first = indexes[0] ?? 0
      const own = indexes.map((index) => pieces[index]?.text ?? '').join(' ')
      const before = [
        ...pieces
          .slice(0, first)
          .map(({ text }) => text)
          .reverse(),
        prefix,
      ]
      const behind = pieces
        .slice(first)
        .filter(({ owners }) => !owners.includes(one))
        .map(({ text }) => text)
      const whole = `${prefix}, ${own}`
      const candidates = valuesComeFirst ? [...before, own, ...behind, whole] : [own, ...behind, ...before, whole]
      return { tool: one.tool, candidates, first }
    })
    .sort((a, b) => a.first - b.first)
}

/** Without a word for any tool: arithmetic and URLs speak for themselves. */
function planByShape(question: string, tools: readonly ToolDefinition[]): Plan | null {
  const parts = splitList(question).map(trimValue)
  if (parts.length === 0) return null
  for (const tool of tools) {
    const kind = parametersOf(tool.input_schema).find((one) => one.required)?.kind
    const fits =
      (kind === 'expression' && parts.every(isExpression)) ||
      (kind === 'url' && parts.every((part) => /^https?:\/\/\S+$/i.test(part)))
    if (!fits) continue
    const filled = fillParameters(tool.input_schema, question)
    if (filled.type === 'inputs')
      return { type: 'calls', calls: filled.inputs.map((input) => ({ name: tool.name, input })) }
  }
  return null
}

function noMatch(tools: readonly ToolDefinition[], words: readonly Word[]): Plan {
  const meant = pickTools(
    tools.filter((tool) => tool.effect !== 'read'),
    words,
  )[0]?.tool
  if (meant === undefined) return { type: 'no_plan', reason: 'No tool matches the question.' }
  const input = parametersOf(meant.input_schema)
    .filter((one) => one.required)
    .map((one) => `"${one.name}": ...`)
  const form = `${meant.name}({${input.join(', ')}})`
  return {
    type: 'no_plan',
    reason: `${meant.name} (${meant.effect}) runs only when it is asked for in this form: ${form}`,
  }
}
