/** Tools that never settle, or settle after their time, and what goes wrong apart from a call. */
import { block, both, inThread, onLoop, sleep } from './both.mjs'

const NEVER = new Promise(() => {})

export default [
  onLoop('never', () => NEVER),
  // Resolves never, and keeps its thread.
  inThread('never_promised_in_thread', () => new Promise(() => {})),
  inThread('never_in_thread', () => {
    for (;;) block(1000)
  }),
  inThread('spins_in_thread', () => {
    while (true);
  }),
  // biome-ignore lint/suspicious/noThenProperty: it is about such an object
  onLoop('never_thenable', () => ({ then() {} })),
  onLoop('breaks_on_abort', (_, { signal }) => {
    signal.addEventListener('abort', () => {
      throw new Error('thrown by a listener')
    })
    return NEVER
  }),
  onLoop('holds_timer', () => {
    setInterval(() => {}, 10)
    return NEVER
  }),
  onLoop('late', async ({ ms }) => {
    await sleep(ms)
    return 'a value that is late'
  }),
  onLoop('throws_late', async ({ ms }) => {
    await sleep(ms)
    throw new Error('an error that is late')
  }),
  inThread('late_in_thread', async ({ ms }) => {
    await sleep(ms)
    return 'a value that is late'
  }),
  ...both('rejects_apart', () => {
    Promise.reject(new Error('nobody waits for me'))
    return 'fine'
  }),
  ...both('throws_apart', () => {
    setTimeout(() => {
      throw new Error('too late')
    }, 5)
    return 'fine'
  }),
  ...both('throws_null_apart', () => {
    setTimeout(() => {
      throw null
    }, 5)
    return 'fine'
  }),
  ...both('emits_apart', () => {
    import('node:events').then(({ EventEmitter }) => new EventEmitter().emit('error', new Error('nobody listens')))
    return 'fine'
  }),
  onLoop('resolves_twice', () => ({
    // biome-ignore lint/suspicious/noThenProperty: it is about what such an object does
    then(resolve) {
      resolve('once')
      resolve('twice')
      throw new Error('after settling')
    },
  })),
]
