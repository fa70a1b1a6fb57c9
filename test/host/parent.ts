/** A main process of one's own: starts a host, hands it the calls that it is told of, and says what it hears. */
import { systemClock } from '../../src/contract/clock.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { startHostProcess } from '../../src/sources/host-process.ts'

/** What it says of its host, one at a time. */
export type Heard = {
  message?: { type: string; call?: number; output?: unknown }
  blocked?: number
  free?: true
  ended?: string
}
/** What it is told to do. */
export type Told = { exit: true } | { number: number; tool: string; input?: JsonObject }

const [, , script = '', file = ''] = process.argv
const say = (heard: Heard) => void process.send?.(heard)

const host = startHostProcess(
  {
    script,
    options: {
      offline: true,
      maxThreads: 2,
      settings: { root: null, allowDotfiles: false, allowPrivateNetwork: false },
    },
    environment: { PATH: '', ...process.env },
    clock: systemClock(0),
    toolOutput() {},
  },
  {
    message: (message) => say({ message }),
    blocked: (call) => say({ blocked: call }),
    free: () => say({ free: true }),
    begun() {},
    left() {},
    ended: (how) => say({ ended: how }),
  },
)
process.on('message', (told: Told) => {
  if ('exit' in told) process.exit()
  const { number, tool, input = {} } = told
  host.send({
    type: 'call',
    call: number,
    file,
    tool,
    wants: 'output',
    thread: false,
    input,
    attempt: 1,
    idempotencyKey: 'k',
  })
})
