/** The tool of the benchmarks: waits for as long as it is told to. A plain object needs no import. */
import { setTimeout as sleep } from 'node:timers/promises'

export default {
  name: 'sleep',
  description: 'Waits for a number of milliseconds.',
  input_schema: { type: 'object', properties: { ms: { type: 'number' } }, required: ['ms'] },
  effect: 'read',
  async execute({ ms }, { signal }) {
    // a timer of 0 ms fires after 1 ms: that would be no call of 0 ms
    if (ms > 0) await sleep(ms, undefined, { signal })
    return 'done'
  },
}
