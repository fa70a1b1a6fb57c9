/** Tools with schemas; `ran` counts how often one was reached. */
import * as z from 'zod'

let ran = 0
const execute = async (input) => {
  ran += 1
  return { ran, input }
}

export const byJsonSchema = {
  name: 'by_json_schema',
  description: 'checked by JSON Schema',
  effect: 'read',
  input_schema: {
    type: 'object',
    properties: { places: { type: 'array', items: { type: 'string' } }, slow: { type: 'string', pattern: '^(a+)+$' } },
    required: ['places'],
    additionalProperties: false,
  },
  execute,
}
export const byZod = {
  name: 'by_zod',
  description: 'checked by zod',
  effect: 'read',
  input: z.object({ place: z.string(), days: z.number().default(3) }),
  execute,
}
export const byPromise = {
  name: 'by_promise',
  description: 'checked asynchronously',
  effect: 'read',
  input: z.object({ place: z.string().refine(async (place) => place !== 'nowhere', 'is nowhere') }),
  execute,
}
export const times = {
  name: 'times',
  description: 'how often',
  effect: 'read',
  input_schema: { type: 'object' },
  execute: async () => ran,
}
