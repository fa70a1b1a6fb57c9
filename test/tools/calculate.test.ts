import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate, MAX_DEPTH, MAX_LENGTH } from '../../tools/calculate/evaluate.ts'
import calculate from '../../tools/calculate.ts'
import { toolContext } from './tool-context.ts'

const result = (expression: string): unknown => {
  const value = evaluate(expression)
  return 'error' in value ? value.error : value.result
}

describe('calculate', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['16 / 4 / 2', 2],
    ['7 % 4', 3],
    ['2 ^ 3 ^ 2', 512],
    ['2 ** 10', 1024],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['--3', 3],
    ['2 * -3', -6],
    ['1.5e3 + .5', 1500.5],
    ['6 × 7 ÷ 2 − 1', 20],
    ['sqrt(16) + abs(-3)', 7],
    ['MAX(1, 5, 3) - min(2, 8)', 3],
    ['round(1.005, 2)', 1.01],
    ['round(-2.5)', -3],
    ['log(1000) + ln(e) + log(8, 2)', 7],
    ['hypot(3, 4)', 5],
    ['2 * pi', 6.28318530717959],
    ['0.1 + 0.2', 0.3],
    ['0 * -1', 0],
    ['9007199254740991', 9007199254740991],
  ])('%s is %d', (expression, value) => {
    expect(result(expression)).toBe(value)
  })

  it.each([
    ['', 'the expression is empty (at character 1)'],
    ['2 3', 'expected an operator, found "3" (at character 3)'],
    ['2 +', 'expected a number, a name or "(", found the end (at character 4)'],
    ['(1 + 2', 'expected ")", found the end (at character 7)'],
    ['1 + 2)', 'expected an operator, found ")" (at character 6)'],
    ['4 $ 4', 'unexpected "$" (at character 3)'],
    ['sqrt 4', 'expected "(" after sqrt, found "4" (at character 6)'],
    ['sqrt(1, 2)', 'sqrt takes 1 arguments, not 2 (at character 1)'],
    ['1 / 0', 'division by zero (at character 3)'],
    ['5 % 0', 'division by zero (at character 3)'],
    ['0 ^ -1', 'division by zero (at character 3)'],
    ['sqrt(-1)', 'the result of "sqrt" is not a real number (at character 1)'],
    ['(-8) ^ (1/3)', 'the result of "^" is not a real number (at character 6)'],
    ['1 / (1e308 * 10)', 'the result of "*" is too large a number (at character 12)'],
    ['1e999', 'the result of "1e999" is too large a number (at character 1)'],
  ])('says what is wrong with "%s" and where', (expression, error) => {
    expect(result(expression)).toBe(error)
  })

  it.each(['constructor', '__proto__', 'toString()', 'process.exit(1)', 'globalThis', 'this'])(
    'knows nothing of JavaScript in "%s"',
    (expression) => {
      expect(result(expression)).toMatch(/^(unknown name|unexpected)/)
    },
  )

  it('limits length and depth, however the depth comes about', () => {
    expect(result(`1${'+1'.repeat(MAX_LENGTH)}`)).toContain(`longer than ${MAX_LENGTH} characters`)
    for (const opening of ['(', '-', '2^', 'abs(', 'max(1,']) {
      expect(result(`${opening.repeat(MAX_DEPTH + 1)}1`)).toContain(`nested deeper than ${MAX_DEPTH}`)
    }
    expect(result(`${'('.repeat(MAX_DEPTH)}1${')'.repeat(MAX_DEPTH)}`)).toBe(1)
  })

  it('agrees with JavaScript on random expressions', () => {
    fc.assert(
      fc.property(expressions, ({ text, reference }) => {
        const expected = reference()
        const value = evaluate(text)
        if ('error' in value) return !Number.isFinite(expected)
        return Math.abs(value.result - expected) <= 1e-12 * Math.max(1, Math.abs(expected))
      }),
    )
  })

  it('gives a number or an error for any text, and never throws', () => {
    const fragment = fc.constantFrom(
      '1',
      '2.5',
      '+',
      '-',
      '*',
      '/',
      '^',
      '%',
      '(',
      ')',
      ',',
      'pi',
      'min',
      ' ',
      'x',
      '.',
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(fragment).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (expression) => {
        const value = evaluate(expression)
        return 'error' in value ? value.error.length > 0 : Number.isFinite(value.result)
      }),
    )
  })

  it('is a plain function, so that it runs in a thread, and says that trying again is of no use', () => {
    expect(calculate.execute({ expression: '6 * 7' }, toolContext())).toEqual({ expression: '6 * 7', result: 42 })
    expect(() => calculate.execute({ expression: '6 *' }, toolContext())).toThrowError(
      expect.objectContaining({ retryable: false }),
    )
  })
})

/** Text as we read it, and the same worked out by JavaScript. A non-finite intermediate stays one. */
type Expression = { text: string; reference: () => number }

const strict = (value: number): number => (Number.isFinite(value) ? value : Number.NaN)

const { expression: expressions } = fc.letrec<{ expression: Expression; number: Expression }>((tie) => ({
  number: fc
    .oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: 1e6, noNaN: true }))
    .map((value) => ({ text: String(value), reference: () => value })),
  expression: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie('number'),
    fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*', '/'), tie('expression')).map(([left, sign, right]) => ({
      text: `(${left.text} ${sign} ${right.text})`,
      reference: () => strict(operate(left.reference(), sign, right.reference())),
    })),
    tie('expression').map(({ text, reference }) => ({ text: `-(${text})`, reference: () => -reference() })),
    fc.tuple(tie('number'), fc.integer({ min: 0, max: 4 })).map(([base, exponent]) => ({
      text: `${base.text} ^ ${exponent}`,
      reference: () => strict(base.reference() ** exponent),
    })),
    tie('expression').map(({ text, reference }) => ({
      text: `sqrt(abs(${text}))`,
      reference: () => Math.sqrt(Math.abs(reference())),
    })),
  ),
}))

function operate(left: number, sign: string, right: number): number {
  switch (sign) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    default:
      return left / right
  }
}
