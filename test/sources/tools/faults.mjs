/** Tools that do what tools should not. */
import { execSync, spawn, spawnSync } from 'node:child_process'
import { closeSync, writeSync } from 'node:fs'

const schema = { type: 'object', properties: {} }
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function tool(name, execute, more = {}) {
  return { name, description: name, effect: 'read', input_schema: schema, execute, ...more }
}

export const quick = tool('quick', async () => 'quick')
export const slow = tool('slow', async ({ ms = 300 }) => {
  await sleep(ms)
  return 'slow'
})
export const slowWrite = tool('slow_write', slow.execute, { effect: 'write' })
export const deaf = tool('deaf', async ({ ms }) => {
  await sleep(ms)
  return 'late'
})
export const polite = tool('polite', async (_, { signal }) => {
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
})
export const loops = tool('loops', async () => {
  while (true);
})
export const loopsLater = tool('loops_later', async () => {
  await sleep(20)
  while (true);
})
export const busy = tool('busy', async ({ ms }) => {
  await sleep(20)
  const end = Date.now() + ms
  while (Date.now() < end);
  return 'busy'
})
export const leavesLoop = tool('leaves_loop', async () => {
  setTimeout(() => {
    while (true);
  }, 20)
  return 'left'
})
export const sleepsInShell = tool('sleeps_in_shell', async () => {
  execSync('sleep 60')
})
export const exits = tool('exits', async () => process.exit(0))
export const exitsLater = tool('exits_later', async () => {
  setTimeout(() => process.exit(0), 5)
  await sleep(60_000)
})
export const reallyExits = tool('really_exits', async () => process.reallyExit(0))
export const aborts = tool('aborts', async () => process.abort())
export const moves = tool('moves', async () => process.chdir('/'))
export const killsParent = tool('kills_parent', async () => process.kill(process.ppid))
export const killsGroup = tool('kills_group', async () => process.kill(0, 'SIGKILL'))
export const crashes = tool('crashes', async () => {
  spawnSync('kill', ['-SEGV', String(process.pid)])
  await sleep(60_000)
})
export const crashingWrite = tool('crashing_write', crashes.execute, { effect: 'write' })
export const rejectsApart = tool('rejects_apart', async () => {
  Promise.reject(new Error('nobody waits for me'))
  return 'fine'
})
export const throwsAfter = tool('throws_after', async () => {
  setTimeout(() => {
    throw new Error('too late')
  }, 5)
  return 'fine'
})
export const prints = tool('prints', async () => {
  console.log('by console')
  process.stdout.write('by stdout\n')
  writeSync(1, 'by descriptor\n')
  spawnSync('echo', ['by child'], { stdio: 'inherit' })
  return 'printed'
})
export const leavesChild = tool('leaves_child', async () => {
  execSync('sleep 300 > /dev/null 2>&1 &')
  return 'left'
})
export const leavesTimer = tool('leaves_timer', async () => {
  setInterval(() => {}, 1000)
  return 'left'
})

const plain = (name, execute, more = {}) => tool(name, execute, more)
export const threadQuick = plain('thread_quick', () => 'quick')
export const threadLoops = plain('thread_loops', () => {
  while (true);
})
export const threadBusy = plain('thread_busy', ({ ms }) => {
  writeSync(1, 'thread_busy begins\n')
  const end = Date.now() + ms
  while (Date.now() < end);
  return 'x'.repeat(100_000)
})
export const threadSleeps = plain('thread_sleeps', () => {
  execSync('sleep 60')
})
export const threadExits = plain('thread_exits', () => process.exit(0))
export const threadPromises = plain('thread_promises', () => sleep(20).then(() => 'promised'))
export const closesDescriptors = tool('closes_descriptors', async () => {
  closeSync(5)
  await sleep(60_000)
})
let count = 0
export const counts = tool('counts', async () => {
  count += 1
  return count
})
export const threadCounts = plain('thread_counts', counts.execute, { thread: true })
export const onLoop = plain('on_loop', () => process.exit(7), { thread: false })
export const startsOwnGroup = tool('starts_own_group', async () => {
  spawn('sleep', ['300'], { detached: true, stdio: 'ignore' })
  await sleep(60_000)
})
export const threadThrowsAfter = plain('thread_throws_after', throwsAfter.execute, { thread: true })
let met = 0
let meeting = () => {}
const together = new Promise((resolve) => {
  meeting = resolve
})
export const meets = tool('meets', async () => {
  met += 1
  if (met === 2) meeting()
  await together
  return 'met'
})
const sleepFor = ({ seconds }) => {
  writeSync(1, 'it sleeps\n')
  execSync(`sleep ${seconds}`)
  return 'slept'
}
export const threadWrite = plain('thread_write', sleepFor, { effect: 'write' })
export const blockingWrite = tool('blocking_write', async (input) => sleepFor(input), { effect: 'write' })
