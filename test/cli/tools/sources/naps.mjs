/** An async function and a plain one that blocks; each takes a while. */
const NAP_MS = 1500
const tool = (name, execute) => ({
  name,
  description: 'Sleeps for a while.',
  input_schema: { type: 'object' },
  effect: 'read',
  execute,
})

export const asyncNap = tool('async_nap', async () => {
  await new Promise((resolve) => setTimeout(resolve, NAP_MS))
  return 'async'
})

export const plainNap = tool('plain_nap', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS)
  return 'plain'
})
