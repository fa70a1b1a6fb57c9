/** Tools that write down each time they have done their work, in the file that DONE_FILE names. */
import { appendFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const make = (name, effect, ms) => ({
  name,
  description: `${name}s something.`,
  input_schema: { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] },
  effect,
  execute: async ({ what }) => {
    await pause(ms)
    appendFileSync(process.env.DONE_FILE, `${name} ${what}\n`)
    return `${name} of ${what} is done`
  },
})

export default [
  make('look', 'read', 5),
  make('put', 'idempotent', 5),
  make('change', 'write', 5),
  make('wait', 'read', 150),
]
