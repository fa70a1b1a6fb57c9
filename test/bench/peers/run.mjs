/**
 * `npm ci --prefix test/bench/peers && node test/bench/peers/run.mjs [--runs 9] [--node PATH] [--write]`
 *
 * Our command side by side with others that run tool calls: the cases of test/bench against its scripted
 * server, everybody taking a turn in each round, medians. Prints the tables, and with `--write` puts
 * them into docs/benchmarks.md between their marks. Whoever sends wrong results, or is quicker than the
 * script allows, has no figure but a footnote.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { CASES, STARTUP } from '../cases.mjs'
import { faults, interleave } from '../interleave.mjs'
import { openServer, runNode } from '../measure.mjs'
import { contendersOn, nodeAt, nodeForAll, versions } from './contenders.mjs'
import { peakOfAll } from './memory.mjs'
import { pageOf } from './page.mjs'

const PAGE = new URL('../../../docs/benchmarks.md', import.meta.url)
const MARKS = /(<!-- made by test\/bench\/peers\/run\.mjs -->\n)[\s\S]*(<!-- until here -->)/
/** Memory hardly varies, and each run of it costs a start. */
const MAX_MEMORY_RUNS = 3
/** Timers fire up to 1 ms early, so a little less than the least possible is no fraud. */
const TOO_QUICK = 0.99

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const runs = Math.max(1, Number.parseInt(options.runs, 10) || 9)
const say = (text) => process.stderr.write(`${text}\n`)
const load = () => loadavg()[0].toFixed(1)

const contenders = contendersOn(nodeForAll(options.node), nodeAt(process.execPath))
const able = contenders.filter(({ refusal }) => refusal === null)
const keyOf = ({ name, node }) => `${name}, ${node.version}`

async function timesOf(server, one) {
  const entries = able.map((contender) => [keyOf(contender), contender.command(one), contender.how])
  const results = await interleave(server, one.title, one.replies, entries, runs)
  return new Map(
    [...results].map(([key, list]) => {
      const honest = list.filter(({ ms }) => ms >= one.limit * TOO_QUICK)
      if (honest.length < list.length) faults.set(`${one.title}: ${key}`, 'was quicker than the script allows')
      return [key, honest.map(({ ms }) => ms)]
    }),
  )
}

/** Spawn to first request and to exit, with bare Node in the same rounds. */
async function startOf(server) {
  const nodes = [...new Map(contenders.map(({ node }) => [node.version, node])).values()]
  const bare = new Map(nodes.map(({ version }) => [version, []]))
  const entries = able.map((contender) => [keyOf(contender), contender.command(STARTUP), contender.how])
  const results = await interleave(server, 'start', STARTUP.replies, entries, runs, async (counts) => {
    for (const { path, version } of nodes) {
      const { spawnedAt, exitedAt } = await runNode(['-e', '0'], { node: path })
      if (counts) bare.get(version).push(exitedAt - spawnedAt)
    }
  })
  const figures = [...results].map(([key, list]) => [
    key,
    {
      toFirstRequest: list.map(({ toFirstRequestMs }) => toFirstRequestMs),
      toExit: list.map(({ exitedAt, spawnedAt }) => exitedAt - spawnedAt),
    },
  ])
  return { bare, figures: new Map(figures) }
}

async function memoryOf(server, one) {
  const peaks = new Map()
  for (const contender of able) {
    const list = []
    for (let run = 0; run < Math.min(runs, MAX_MEMORY_RUNS); run += 1)
      list.push(await peakOfAll(server, one.replies, contender.command(one)(server.url), contender.node.path))
    peaks.set(keyOf(contender), list.filter(Number.isFinite))
  }
  return peaks
}

const before = load()
const server = await openServer()
const times = new Map()
for (const one of CASES) {
  say(one.title)
  times.set(one.title, await timesOf(server, one))
}
say('start')
const start = await startOf(server)
say('memory')
const largest = CASES.findLast(({ group }) => group === 'fanout')
const memory = { start: await memoryOf(server, STARTUP), calls: await memoryOf(server, largest) }
server.close()

const page = pageOf({
  contenders: contenders.map((contender) => ({ ...contender, key: keyOf(contender) })),
  runs,
  times,
  start,
  memory,
  faults,
  machine: {
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()} ${process.arch}`,
    load: `${before} before, ${load()} after`,
    date: new Date().toISOString().slice(0, 10),
    versions: versions(),
    server: process.version,
  },
})
if (options.write) {
  writeFileSync(
    PAGE,
    readFileSync(PAGE, 'utf8').replace(MARKS, (_, from, to) => `${from}\n${page}\n${to}`),
  )
} else process.stdout.write(`${page}\n`)
