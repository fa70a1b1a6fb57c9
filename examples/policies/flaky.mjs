/** Tools that misbehave in one way each, to see what the policies make of it. */

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const none = { type: 'object', properties: {} }
const named = { type: 'object', properties: { name: { type: 'string' } } }

export const failsTwice = {
  name: 'fails_twice',
  description: 'Fails at the first two attempts of a call, and then works.',
  input_schema: none,
  effect: 'read',
  policy: { retry: { max_attempts: 3, base_ms: 20 } },
  execute: async (_, { attempt }) => {
    if (attempt < 3) throw new Error(`attempt ${attempt} failed`)
    return `worked at attempt ${attempt}`
  },
}

export const alwaysFails = {
  name: 'always_fails',
  description: 'Fails whenever it is called.',
  input_schema: named,
  effect: 'read',
  policy: { retry: false },
  execute: async () => {
    throw new Error('the service is down')
  },
}

export const hangs = {
  name: 'hangs',
  description: 'Never ends, and does not listen when it is told to.',
  input_schema: none,
  effect: 'read',
  policy: { retry: false },
  execute: () => new Promise(() => {}),
}

export const slow = {
  name: 'slow',
  description: 'Works for some time, and ends early when it is told to.',
  input_schema: { type: 'object', properties: { ms: { type: 'integer' } }, required: ['ms'] },
  effect: 'read',
  execute: async ({ ms }, { signal }) => {
    await Promise.race([
      pause(ms),
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ])
    return `took ${ms} ms`
  },
}

export const floods = {
  name: 'floods',
  description: 'Answers with more than anybody can read.',
  input_schema: none,
  effect: 'read',
  execute: async () => 'all work and no play makes jack a dull boy\n'.repeat(50_000),
}

export const dies = {
  name: 'dies',
  description: 'Takes the process in which it runs with it.',
  input_schema: none,
  effect: 'read',
  policy: { retry: false },
  execute: async () => process.exit(7),
}

let editing = false

export const edit = {
  name: 'edit',
  description: 'Changes a file; calls for one path are kept apart, and two at once break.',
  input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  effect: 'write',
  exclusive: ({ path }) => path,
  execute: async ({ path }) => {
    if (editing) throw new Error('two edits at once')
    editing = true
    await pause(30)
    editing = false
    return `changed ${path}`
  },
}
