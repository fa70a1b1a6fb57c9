/**
 * The scheduler alone with tools that do nothing, and what others do who only limit how many run at
 * once. Bundled by policies.mjs; run as `node policies.js CONTENDER CALLS OUT`, it writes `{ ms }`.
 */
import { writeFileSync } from 'node:fs'
import pLimit from 'p-limit'
import PQueue from 'p-queue'
import { systemClock } from '../../src/contract/clock.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import type { Policy } from '../../src/contract/policy.ts'
import type { Tool } from '../../src/contract/tool.ts'
import { Slots } from '../../src/policies/slots.ts'
import { MessageGate } from '../../src/schedule/call.ts'
import { Scheduler } from '../../src/schedule/scheduler.ts'

const SLOTS = 64
const OK: Outcome = { status: 'ok', output: null, output_bytes: 4, truncated: false }
const NONE: Policy = { retry: false, breaker: false }
/** So wide that nothing is ever held up by one of them. */
const ALL: Policy = {
  timeout_ms: 600_000,
  deadline_ms: 600_000,
  retry: { max_attempts: 5 },
  rate_limit: { limit: 1_000_000_000, per_ms: 1 },
  breaker: { failures: 5 },
  max_concurrency: 1_000,
  priority: 'critical',
}

const contenders: Record<string, (calls: number) => Promise<void>> = {
  'no policy': (calls) => schedule(calls, tool(NONE)),
  'all policies': (calls) => schedule(calls, { ...tool(ALL), exclusive: async () => ({ ...OK, output: null }) }),
  defaults: (calls) => schedule(calls, tool({})),
  'p-queue': async (calls) => {
    const queue = new PQueue({ concurrency: SLOTS })
    await Promise.all(Array.from({ length: calls }, () => queue.add(nothing)))
  },
  'p-limit': async (calls) => {
    const limit = pLimit(SLOTS)
    await Promise.all(Array.from({ length: calls }, () => limit(nothing)))
  },
}

async function nothing(): Promise<Outcome> {
  return OK
}

function tool(policy: Policy): Tool {
  return {
    name: 'nothing',
    description: 'Does nothing.',
    input_schema: { type: 'object' },
    effect: 'read',
    keywords: [],
    source: 'module',
    destructive: false,
    policy,
    slotKind: 'loop',
    run: async (_, context) => {
      context.started()
      return OK
    },
  }
}

async function schedule(calls: number, one: Tool): Promise<void> {
  let ended = 0
  const scheduler = new Scheduler({
    runId: 'run',
    clock: systemClock(0),
    slots: new Slots({ run: SLOTS, kinds: { loop: 1_000_000, thread: 1, command: 1, mcp: 1 } }),
    emit: ({ type }) => {
      if (type === 'call_end') ended += 1
    },
    explainMissing: () => '',
    permission: () => ({ type: 'allowed' }),
    onError: 'collect',
  })
  const gate = new MessageGate()
  gate.end('asked')
  const input = {}
  const done: Promise<Outcome>[] = []
  for (let call = 0; call < calls; call += 1) {
    const request = { id: String(call), turn: 1, name: one.name, tool: one, input, rawInput: null }
    done.push(scheduler.submit(request, gate).done)
  }
  await Promise.all(done)
  if (ended !== calls) throw new Error(`${ended} of ${calls} calls have ended`)
}

const [contender = '', calls = '', out = ''] = process.argv.slice(2)
const run = contenders[contender]
if (run === undefined) throw new Error(`no contender "${contender}"`)
// Once to have it compiled; what is asked for is what a call costs, not a start.
await run(1_000)
const startedAt = performance.now()
await run(Number(calls))
writeFileSync(out, JSON.stringify({ ms: performance.now() - startedAt }))
process.exit()
