/** Tools whose schemas are valid, and lead to themselves for ever when they are followed. */
const tool = (name, execute) => ({
  name,
  description: 'cannot be checked',
  effect: 'read',
  input_schema: { type: 'object', allOf: [{ $ref: '#' }] },
  execute,
})

export default [tool('endless', async () => 'ran'), tool('endless_in_thread', () => 'ran')]
