/** Siblings that do as they should. */
import { block, inThread, onLoop, sleep } from './both.mjs'

export default [
  onLoop('nap', async ({ ms = 100, say = 'rested' }) => {
    await sleep(ms)
    return say
  }),
  onLoop(
    'nap_and_write',
    async ({ ms = 100, say = 'written' }) => {
      await sleep(ms)
      return say
    },
    { effect: 'write' },
  ),
  inThread('work', ({ ms = 100, say = 'worked' }) => {
    block(ms)
    return say
  }),
  onLoop('fail', async ({ ms = 0 }) => {
    await sleep(ms)
    throw Object.assign(new Error('it is broken'), { code: 'EBROKEN' })
  }),
  inThread('fail_in_thread', ({ ms = 0 }) => {
    block(ms)
    throw Object.assign(new Error('it is broken'), { code: 'EBROKEN' })
  }),
]
