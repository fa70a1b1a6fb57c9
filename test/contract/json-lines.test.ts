import { expect, it } from 'vitest'
import { parseLocated } from '../../src/contract/json-lines.ts'

const problem = (line: number, message: string) => new Error(`${line}: ${message}`)

it('reads what a person wrote, behind a mark of the byte order as well', () => {
  const { parsed, lines } = parseLocated('\ufeff{\n  "a": [1,\n  2]\n}', problem)
  expect(parsed).toEqual({ a: [1, 2] })
  expect([lines.lineOf(['a']), lines.lineOf(['a', 1]), lines.lineOf(['a', 1, 'b'])]).toEqual([2, 3, 3])
})

it.each([
  ['{ "a": 1,\n  "b": }', '2: no JSON: expected a value, found "}"'],
  ['\ufeff{ "a": {\n "b": 1,\n "b": 2 } }', '3: "a.b" stands twice'],
  ['', '1: no JSON: expected a value, found the end of the file'],
])('has %j told by its line', (text, told) => {
  expect(() => parseLocated(text, problem)).toThrow(told)
})
