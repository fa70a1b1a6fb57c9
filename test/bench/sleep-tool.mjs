/** The tool of the benchmarks, the same for all contenders: waits for as long as it is told to. */
import { setTimeout as sleep } from 'node:timers/promises'

export default {
  name: 'sleep',
  description: 'Waits for a number of milliseconds.',
  input_schema: { type: 'object', properties: { ms: { type: 'number' } }, required: ['ms'] },
  effect: 'read',
  // A timer of 0 ms fires after 1 ms: that would be no call of 0 ms.
  execute: async ({ ms }) => (ms > 0 ? sleep(ms, 'done') : 'done'),
}
