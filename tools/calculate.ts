/**
 * Works out an arithmetic expression. A plain function, not an async one: it runs in a thread of its
 * own, where an expression that takes long delays nobody.
 */
import * as z from 'zod'
import { defineTool } from '../src/define-tool.ts'
import { evaluate } from './calculate/evaluate.ts'
import { permanentError } from './errors/permanent-error.ts'

export default defineTool({
  name: 'calculate',
  description:
    'Evaluates arithmetic: + - * / % ^, parentheses, pi, e, tau, sqrt, abs, ln, log10, exp, round, min, max, sin (radians)... Use it for any sum.',
  input: z.object({
    expression: z.string().describe('e.g. "2 * (3 + 4) ^ 2"'),
  }),
  effect: 'read',
  keywords: ['calculate', 'calculator', 'compute', 'evaluate', 'math', 'arithmetic', 'sum', 'expression'],
  execute({ expression }) {
    const value = evaluate(expression)
    if ('error' in value) throw permanentError(value.error)
    return { expression, result: value.result }
  },
})
