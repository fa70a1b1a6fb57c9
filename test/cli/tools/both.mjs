/** Makes two tools of one function: `NAME` on the host's loop, `NAME_in_thread` in a worker thread. */
export function both(name, execute, more = {}) {
  const shared = { description: name, effect: 'read', input_schema: { type: 'object' }, ...more }
  return [
    { ...shared, name, execute: async (input, context) => execute(input, context) },
    { ...shared, name: `${name}_in_thread`, execute: (input, context) => execute(input, context), thread: true },
  ]
}

export function onLoop(name, execute, more = {}) {
  return { name, description: name, effect: 'read', input_schema: { type: 'object' }, execute, ...more, thread: false }
}

export function inThread(name, execute, more = {}) {
  return { name, description: name, effect: 'read', input_schema: { type: 'object' }, execute, ...more, thread: true }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Blocks the thread that it runs in, without using the processor. */
export function block(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
