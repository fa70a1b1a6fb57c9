/**
 * Splits an expression into numbers, names and signs, each with its position. It knows how things
 * are written and nothing of what they mean.
 */

/** Why an expression has no value; `position` counts characters from 1. */
export class ExpressionError extends Error {
  readonly position: number

  constructor(position: number, reason: string) {
    super(reason)
    this.position = position
  }
}

export type Token = {
  kind: 'number' | 'name' | 'sign' | 'end'
  text: string
  position: number
}

const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iy
const NAME = /[a-z][a-z0-9]*/iy
const SIGN = /\*\*|[-+*/%^(),]/y
const BLANK = /\s+/y

/** Signs that people and models type for others. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['×', '*'],
  ['·', '*'],
  ['÷', '/'],
  ['−', '-'],
])

/** @throws ExpressionError at the first character that belongs to no token */
export function tokenize(expression: string): Token[] {
  const text = expression.replace(/[×·÷−]/g, (sign) => SPELLINGS.get(sign) ?? sign)
  const tokens: Token[] = []
  let at = 0

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? null
    if (found !== null) at += found.length
    return found
  }

  while (at < text.length) {
    if (take(BLANK) !== null) continue
    const position = at + 1
    const number = take(NUMBER)
    const name = number === null ? take(NAME) : null
    const sign = number === null && name === null ? take(SIGN) : null
    if (number !== null) tokens.push({ kind: 'number', text: number, position })
    else if (name !== null) tokens.push({ kind: 'name', text: name.toLowerCase(), position })
    else if (sign !== null) tokens.push({ kind: 'sign', text: sign === '**' ? '^' : sign, position })
    else throw new ExpressionError(position, `unexpected "${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`)
  }
  tokens.push({ kind: 'end', text: 'the end', position: text.length + 1 })
  return tokens
}
