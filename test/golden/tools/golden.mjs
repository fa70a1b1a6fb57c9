/** The tools of the golden runs. A replay asks for their names only: what they gave is in the recording. */
const tool = (name, effect) => ({
  name,
  effect,
  description: `For the golden runs: ${name}`,
  input_schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  policy: { retry: { base_ms: 20, max_ms: 40 } },
  execute: () => Promise.reject(new Error('a replay runs no tool')),
})

export default [
  tool('look_up', 'read'),
  tool('flaky', 'read'),
  tool('broken', 'write'),
  tool('slow', 'read'),
  tool('put', 'idempotent'),
]
