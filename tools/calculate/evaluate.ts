/**
 * The value of an arithmetic expression, by recursive descent:
 *
 *     sum     = product (("+" | "-") product)*
 *     product = unary (("*" | "/" | "%") unary)*
 *     unary   = ("+" | "-") unary | power
 *     power   = atom ("^" unary)?                  right to left, and above the sign: -2^2 is -4
 *     atom    = number | constant | function "(" sum ("," sum)* ")" | "(" sum ")"
 *
 * No `eval`, no variables, no loops: what it does is bounded by the length of its text.
 */
import { CONSTANTS, FUNCTIONS } from './names.ts'
import { ExpressionError, type Token, tokenize } from './tokens.ts'

export const MAX_LENGTH = 1000
/** Of parentheses, signs and powers within one another. */
export const MAX_DEPTH = 100

/** Doubles carry 15 decimal digits faithfully; the rest of 0.1 + 0.2 is noise. */
const FAITHFUL_DIGITS = 15

export function evaluate(expression: string): { result: number } | { error: string } {
  try {
    if (expression.length > MAX_LENGTH) {
      throw new ExpressionError(MAX_LENGTH + 1, `longer than ${MAX_LENGTH} characters`)
    }
    return { result: withoutNoise(new Parser(tokenize(expression)).parse()) }
  } catch (error) {
    if (error instanceof ExpressionError) return { error: `${error.message} (at character ${error.position})` }
    throw error
  }
}

function withoutNoise(value: number): number {
  // Adding zero turns -0, which nobody asked for, into 0.
  return Number.isInteger(value) ? value + 0 : Number(value.toPrecision(FAITHFUL_DIGITS))
}

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): number {
    if (this.#peek().kind === 'end') throw new ExpressionError(1, 'the expression is empty')
    const value = this.#sum()
    if (this.#peek().kind !== 'end') throw this.#unexpected('an operator')
    return value
  }

  #sum(): number {
    let value = this.#product()
    for (let sign = this.#sign('+', '-'); sign !== null; sign = this.#sign('+', '-')) {
      const right = this.#product()
      value = real(sign, sign.text === '+' ? value + right : value - right)
    }
    return value
  }

  #product(): number {
    let value = this.#unary()
    for (let sign = this.#sign('*', '/', '%'); sign !== null; sign = this.#sign('*', '/', '%')) {
      const right = this.#unary()
      if (sign.text !== '*' && right === 0) throw new ExpressionError(sign.position, 'division by zero')
      value = real(sign, sign.text === '*' ? value * right : sign.text === '/' ? value / right : value % right)
    }
    return value
  }

  #unary(): number {
    const sign = this.#sign('+', '-')
    if (sign === null) return this.#power()
    const value = this.#within(sign, () => this.#unary())
    return sign.text === '-' ? -value : value
  }

  #power(): number {
    const base = this.#atom()
    const sign = this.#sign('^')
    if (sign === null) return base
    const exponent = this.#within(sign, () => this.#unary())
    if (base === 0 && exponent < 0) throw new ExpressionError(sign.position, 'division by zero')
    return real(sign, base ** exponent)
  }

  #atom(): number {
    const token = this.#take()
    if (token.kind === 'number') return real(token, Number(token.text))
    if (token.kind === 'name') return this.#named(token)
    if (token.text !== '(') throw this.#unexpected('a number, a name or "("', token)
    const value = this.#within(token, () => this.#sum())
    this.#close()
    return value
  }

  #named(token: Token): number {
    const constant = CONSTANTS.get(token.text)
    if (constant !== undefined) return constant
    const named = FUNCTIONS.get(token.text)
    if (named === undefined) {
      const known = [...CONSTANTS.keys(), ...FUNCTIONS.keys()].join(', ')
      throw new ExpressionError(token.position, `unknown name "${token.text}"; known are ${known}`)
    }
    if (this.#sign('(') === null) throw this.#unexpected(`"(" after ${token.text}`)
    const values = [this.#within(token, () => this.#sum())]
    while (this.#sign(',') !== null) values.push(this.#within(token, () => this.#sum()))
    this.#close()
    if (values.length < named.least || values.length > named.most) {
      const wanted = named.least === named.most ? `${named.least}` : `${named.least} to ${named.most}`
      throw new ExpressionError(token.position, `${token.text} takes ${wanted} arguments, not ${values.length}`)
    }
    return real(token, named.apply(...values))
  }

  #within(token: Token, parse: () => number): number {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new ExpressionError(token.position, `nested deeper than ${MAX_DEPTH}`)
    const value = parse()
    this.#depth -= 1
    return value
  }

  #close(): void {
    if (this.#sign(')') === null) throw this.#unexpected('")"')
  }

  /** Takes the next token if it is one of these signs. */
  #sign(...signs: string[]): Token | null {
    const token = this.#peek()
    return token.kind === 'sign' && signs.includes(token.text) ? this.#take() : null
  }

  #peek(): Token {
    const token = this.#tokens[this.#next]
    if (token === undefined) throw new Error('the parser has read past the end')
    return token
  }

  #take(): Token {
    const token = this.#peek()
    // The end stays where it is, so that whoever asks again is told of it again.
    if (token.kind !== 'end') this.#next += 1
    return token
  }

  #unexpected(wanted: string, token = this.#peek()): ExpressionError {
    const found = token.kind === 'end' ? token.text : `"${token.text}"`
    return new ExpressionError(token.position, `expected ${wanted}, found ${found}`)
  }
}

/** Checked after every operation: 1 / (1e308 * 10) would else come out as a plain zero. */
function real(token: Token, value: number): number {
  if (Number.isFinite(value)) return value
  const reason = Number.isNaN(value) ? 'is not a real number' : 'is too large a number'
  throw new ExpressionError(token.position, `the result of "${token.text}" ${reason}`)
}
