/**
 * A command line up to the cursor, as shells hand it to completions: not yet read by any of them. It
 * takes quotes and backslashes off, and expands nothing: `$(rm -r x)` is a word like any other.
 */

export type TypedLine = {
  /** Behind the command's own name, and before `last`. */
  words: string[]
  /** What the cursor stands behind; empty where it stands behind a space. */
  last: string
  /** Whether the last word is where output goes to, or input comes from. */
  redirected: boolean
}

export function readTypedLine(line: string): TypedLine {
  const words: string[] = []
  let word = ''
  let begun = false
  let quote: "'" | '"' | null = null
  let redirection = false
  const end = () => {
    if (begun && !redirection) words.push(word)
    if (begun) redirection = false
    word = ''
    begun = false
  }
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? ''
    const next = line[at + 1] ?? ''
    if (quote === "'" || (quote === '"' && letter !== '\\')) {
      if (letter === quote) quote = null
      else word += letter
    } else if (letter === '\\') {
      // Within double quotes a backslash is one, but before these.
      word += quote === null || /["\\$`]/.test(next) ? next : `\\${next}`
      begun = true
      at += 1
    } else if (letter === "'" || letter === '"') {
      quote = letter
      begun = true
    } else if (/\s/.test(letter)) {
      end()
    } else if (letter === '<' || letter === '>') {
      // What stands right before it is no word: `2>`, `&>`.
      if (/^(\d|&)$/.test(word)) begun = false
      end()
      redirection = true
    } else {
      word += letter
      begun = true
    }
  }
  const command = words.findIndex((one) => !/^\w+=/.test(one))
  return { words: command < 0 ? [] : words.slice(command + 1), last: word, redirected: redirection }
}
