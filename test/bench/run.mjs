/**
 * `npm run bench -- [--only GROUP[,GROUP]] [--with CONTENDER[,CONTENDER]] [--runs N]`
 *
 * One run of all cases, the contenders interleaved, medians. It says what was met and what was
 * missed, and always ends with 0: whether a miss matters is for a person to judge.
 */
import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { CALL_HEADER, callRows } from './calls.mjs'
import { CASES, STARTUP } from './cases.mjs'
import { faults, interleave } from './interleave.mjs'
import { JOURNAL_HEADER, journalRows } from './journal.mjs'
import { openServer } from './measure.mjs'
import { POLICY_HEADER, policyRows } from './policies.mjs'
import { startupRows } from './startup.mjs'
import { judged, median, number, range, table } from './table.mjs'

const GROUPS = [...new Set(CASES.map(({ group }) => group)), 'startup', 'calls', 'policies', 'journal']
const { values: options } = parseArgs({
  options: { only: { type: 'string' }, with: { type: 'string' }, runs: { type: 'string', default: '7' } },
})
const runs = Math.max(1, Number.parseInt(options.runs, 10) || 7)
const groups = options.only?.split(',') ?? GROUPS
const names = options.with?.split(',') ?? null
const print = (text) => process.stdout.write(`${text}\n`)

/** The contenders of a case that were asked for. */
function chosen(contenders) {
  return Object.entries(contenders).filter(([name]) => names === null || names.includes(name.split(' ')[0]))
}

function caseRows({ title, limit, target, turns }, results) {
  return [...results].map(([name, list], index) => {
    const times = list.map(({ ms }) => ms)
    const ms = median(times)
    const ratio = limit > 0 ? ms / limit : Number.NaN
    const [wanted, said] = name === 'agent' ? judged(target, ms, ratio, turns) : ['', '']
    const shown = Number.isFinite(ratio) ? ratio.toFixed(3) : '-'
    return [
      index === 0 ? title : '',
      name,
      number(ms),
      limit > 0 ? number(limit) : '-',
      shown,
      range(times),
      wanted,
      said,
    ]
  })
}

/** Whether turns grow with the conversation: the mean of the first half and of the last. */
function growthRows(results, turns) {
  const half = turns / 2
  return [...results].map(([name, list]) => {
    const mean = (from) =>
      median(list.map(({ requests }) => (requests[from + half].arrivedAt - requests[from].arrivedAt) / half))
    const [first, last] = list.length === 0 ? [Number.NaN, Number.NaN] : [mean(0), mean(half)]
    const all = median(list.map(({ ms }) => ms / turns))
    return ['', name, number(all), number(first), number(last), number(last / first), '', '']
  })
}

function versionOf(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version
}

const unknown = groups.find((group) => !GROUPS.includes(group))
if (unknown !== undefined) print(`no group "${unknown}"; there are ${GROUPS.join(', ')}\n`)
const load = loadavg()
  .map((value) => value.toFixed(1))
  .join(' ')
print(
  `node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model.trim()}, load ${load}`,
)
print(
  `agent-ask ${versionOf('../../package.json')}, @anthropic-ai/sdk ${versionOf('../../node_modules/@anthropic-ai/sdk/package.json')}`,
)
print(`medians of ${runs}, interleaved; ms from the first request's arrival to the end of the last reply\n`)

const server = await openServer()
const rows = []
const growth = []
for (const one of CASES.filter(({ group }) => groups.includes(group))) {
  const results = await interleave(server, one.title, one.replies, chosen(one.contenders), runs)
  rows.push(...caseRows(one, results))
  if (one.turns !== undefined) growth.push(...growthRows(results, one.turns))
}
if (rows.length > 0) print(table(['case', 'contender', 'ms', 'limit', 'x', 'range', 'target', ''], rows))
if (growth.length > 0) print(`\n${table(['', 'ms a turn', 'all', 'first 100', 'last 100', 'x', '', ''], growth)}`)
if (groups.includes('startup')) {
  const startup = await startupRows(server, chosen(STARTUP.contenders), runs)
  print(`\n${table(['', 'contender', 'median', 'x node', 'range', 'target', ''], startup)}`)
}
if (groups.includes('calls')) print(`\n${table(CALL_HEADER, await callRows(server, names, runs))}`)
if (groups.includes('policies')) print(`\n${table(POLICY_HEADER, await policyRows(runs))}`)
if (groups.includes('journal')) print(`\n${table(JOURNAL_HEADER, await journalRows(server, runs))}`)
for (const [name, fault] of faults) print(`\n${name} failed: ${fault}`)
server.close()
