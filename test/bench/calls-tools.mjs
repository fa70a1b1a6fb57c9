/** Tools that do nothing: what a call of them takes is what we take. */
const tool = (name, execute) => ({ name, description: 'Does nothing.', input_schema: {}, effect: 'read', execute })

export const loop = tool('on_loop', async () => 1)
export const thread = tool('in_thread', () => 1)
