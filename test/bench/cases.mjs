/** What is measured: the scripts, who runs them, and what our command has to reach. */
import { fileURLToPath } from 'node:url'
import { callsReply, limitOf, textReply } from './reply.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
export const COMMAND = here('../../bin/agent.js')

const agent = (...flags) => {
  return (url) => [
    COMMAND,
    'ask',
    '--base-url',
    url,
    '-t',
    here('sleep-tool.mjs'),
    '--no-builtins',
    '-q',
    '--max-turns',
    '300',
    ...flags,
    'go',
  ]
}
const floor = (url) => [here('floor.mjs'), url]
const gather = (url) => [here('floor.mjs'), url, 'gather']
const sdk = (url) => [here('sdk.mjs'), url]

/** Calls whose blocks stream one after another, each for `blockMs`, from `startAt` on. */
function streamed(durations, startAt, blockMs) {
  return durations.map((ms, index) => ({
    ms,
    startAt: startAt + index * blockMs,
    endAt: startAt + (index + 1) * blockMs,
  }))
}

function fanOut(calls) {
  const atOnce = Array.from({ length: calls }, () => ({ ms: 50, startAt: 0, endAt: 0 }))
  return {
    group: 'fanout',
    title: `${calls.toLocaleString('en-US')} calls x 50 ms`,
    replies: [callsReply(1, atOnce, 0), textReply(0)],
    contenders: { agent: agent('-j', '1000'), floor, gather, sdk },
    target: { ms: { 10: 75, 100: 95, 1000: 180 }[calls] },
  }
}

const LOOP_TURNS = 200
const loop = Array.from({ length: LOOP_TURNS }, (_, turn) => callsReply(turn + 1, streamed([0], 0, 0), 0))

/** Measured from the first request's arrival to the end of the last reply. */
export const CASES = [
  {
    group: 'seed',
    title: 'seed, 3 calls x 1,000 ms',
    replies: [callsReply(1, streamed([1000, 1000, 1000], 100, 50), 280), textReply(200)],
    contenders: { agent: agent(), 'agent --sequential': agent('--sequential'), floor, gather, sdk },
    target: { ratio: 1.005 },
  },
  {
    group: 'early',
    title: 'early, 8 blocks x 250 ms',
    replies: [callsReply(1, streamed([2000, 200, 200, 200, 200, 200, 200, 200], 0, 250), 2010), textReply(500)],
    contenders: { agent: agent(), floor, gather, sdk },
    target: { ratio: 1.005 },
  },
  fanOut(10),
  fanOut(100),
  fanOut(1000),
  {
    group: 'loop',
    title: `${LOOP_TURNS} turns x 1 call`,
    replies: [...loop, textReply(0)],
    contenders: { agent: agent(), floor, sdk },
    target: { turnMs: 2 },
    turns: LOOP_TURNS,
  },
].map((one) => ({ ...one, limit: limitOf(one.replies) }))

/** Start and end, with the tools that are shipped; `floor` and `sdk` have one small tool. */
export const STARTUP = {
  replies: [textReply(0)],
  contenders: { agent: (url) => [COMMAND, 'ask', '--base-url', url, '-q', 'go'], floor, sdk },
  targets: { toFirstRequestRatio: 2.6, versionRatio: 1.25, toExitMs: 15, peakMiB: 65, firstRequestBytes: 6000 },
}
