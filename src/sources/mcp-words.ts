/**
 * Splits a command line into words as a shell does, with quotes and backslashes, and does nothing
 * else of what a shell does: no variables, no globs, no `~`, no operators.
 */

/** @returns null where a quote is not closed */
export function splitWords(text: string): string[] | null {
  const words: string[] = []
  /** null: between two words. */
  let word: string | null = null
  let quote: '"' | "'" | null = null
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    const next = text[at + 1]
    if (quote === "'") {
      if (character === "'") quote = null
      else word += character
    } else if (character === '\\' && next !== undefined && isEscape(next, quote)) {
      at += 1
      // A line that goes on in the next one.
      if (next !== '\n') word = (word ?? '') + next
    } else if (quote === '"') {
      if (character === '"') quote = null
      else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (' \t\n'.includes(character)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + character
  }
  if (quote !== null) return null
  if (word !== null) words.push(word)
  return words
}

/** In double quotes a backslash stands for itself before most characters. */
function isEscape(next: string, quote: '"' | null): boolean {
  return quote === null || '"\\$`\n'.includes(next)
}
