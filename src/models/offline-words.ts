/**
 * The words of a question, for the offline model: which of them carry nothing, where lists split,
 * and what is left of a phrase once the small words around it are gone. It knows no tools.
 */

/** Words that neither name a tool nor belong to a value when they stand at its edge. */
const STOP_WORDS = new Set(
  `a about also am an and any are as at be both by can check compare could current currently did do does each find for
  from get give had has have here how how's i i'd i'm if in into is it it's its let like look many me much my need now
  of on or our out please right say should show so tell than that that's the their them then there these they this those
  to today tonight up us use using versus via vs want was we were what what's when where where's which who will with
  would you your`
    .trim()
    .split(/\s+/),
)

/** A word with its place in the question. */
export type Word = { text: string; start: number; end: number }

/** The same text with quoted parts and URLs blanked, so that nothing inside them is read as words. */
function maskQuoted(text: string): string {
  return text.replace(/"[^"\n]*"|“[^”\n]*”|`[^`\n]*`|https?:\/\/[^\s"<>]*[^\s"<>.,;:!?)]/giu, (part) =>
    '\0'.repeat(part.length),
  )
}

export function wordsOf(text: string): Word[] {
  return [...maskQuoted(text).matchAll(/[\p{L}\p{N}_]+(?:[-'’.][\p{L}\p{N}_]+)*/gu)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }))
}

/** Singular and plural, capital and small letters are the same word. */
export function normalWord(word: string): string {
  const lower = word.toLowerCase().replaceAll('’', "'")
  return lower.length > 3 && lower.endsWith('s') && !lower.endsWith('ss') ? lower.slice(0, -1) : lower
}

/** Whether the word may be dropped; "US", "OR" and the "The" of "The Hague" are no small words. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.replaceAll('’', "'"))
}

/** Small letters where capitals say nothing: in the first word, and in a question written in capitals. */
export function withoutShouting(question: string): string {
  if (!/\p{Ll}/u.test(question)) {
    return question.replace(/[A-Z][A-Z']*/g, (word) =>
      word.length > 2 || /^(?:IN|AT|IS|OF|ON|BY)$/.test(word) ? smallStopWord(word) : word,
    )
  }
  return question.replace(/^(\s*)([A-Z][a-z'’]*)/, (_whole, space: string, word: string) => space + smallStopWord(word))
}

function smallStopWord(word: string): string {
  return isStopWord(word.toLowerCase()) ? word.toLowerCase() : word
}

/**
 * Splits "SF, NYC and Tokyo" at commas, semicolons, line ends, `and`, `or`, `&`, `vs`; not within
 * quotes, brackets or 1,000. Parts come back as they stand, those without content left out.
 */
export function splitList(text: string): string[] {
  const masked = maskBrackets(maskQuoted(text))
  const separator = /(?<!\d)[,;]|[,;](?!\d)|[\n、]|(?<=^|\s)(?:and|or|&|vs\.?|versus)(?=\s|$)/gu
  const parts: string[] = []
  let start = 0
  for (const match of masked.matchAll(separator)) {
    parts.push(text.slice(start, match.index))
    start = match.index + match[0].length
  }
  parts.push(text.slice(start))
  return parts.filter((part) => trimValue(part) !== '')
}

function maskBrackets(text: string): string {
  return text.replace(/[([][^()[\]]*[)\]]/g, (part) => '\0'.repeat(part.length))
}

/** What is left of a phrase without the punctuation and the small words at its two ends. */
export function trimValue(phrase: string): string {
  let start = 0
  let end = phrase.length
  for (;;) {
    while (start < end && LEADING.test(phrase.charAt(start))) start += 1
    while (end > start && TRAILING.test(phrase.charAt(end - 1)) && !isAbbreviation(phrase, end)) end -= 1
    const first = wordEnd(phrase, start, end)
    const last = wordStart(phrase, start, end)
    if (isStopWord(phrase.slice(start, first).replace(/[,;:!?]$/, ''))) start = first
    else if (isStopWord(phrase.slice(last, end))) end = last
    else return phrase.slice(start, end)
  }
}

const LEADING = /[\s,;:!?]/
const TRAILING = /[\s,;:!?=.]/

/** "D.C." keeps its last full stop. */
function isAbbreviation(phrase: string, end: number): boolean {
  return /\p{L}\.\p{L}\.$/u.test(phrase.slice(Math.max(0, end - 8), end))
}

function wordEnd(phrase: string, start: number, end: number): number {
  let at = start
  while (at < end && at - start < MAX_STOP_WORD && !/\s/.test(phrase.charAt(at))) at += 1
  return at
}

function wordStart(phrase: string, start: number, end: number): number {
  let at = end
  while (at > start && end - at < MAX_STOP_WORD && !/\s/.test(phrase.charAt(at - 1))) at -= 1
  return at
}

/** Longer than every small word: what is longer is none. */
const MAX_STOP_WORD = 20
