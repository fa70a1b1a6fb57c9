/** What a journal costs a run of many calls, what it takes on disk, and how soon a long one is gone on with. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMMAND } from './cases.mjs'
import { faults, interleave } from './interleave.mjs'
import { runAgainst } from './measure.mjs'
import { callsReply, textReply } from './reply.mjs'
import { median, number, range, verdict } from './table.mjs'

const CALLS = 1_000
/** A read has four records of its own: ready, start, the attempt's end and the call's. */
const EVENTS = 10_000
const MAX_NORMAL_RATIO = 1.5
const MAX_RESUME_MS = 200

const tools = ['-t', fileURLToPath(new URL('sleep-tool.mjs', import.meta.url))]
const ask = (url, ...flags) => [
  COMMAND,
  'ask',
  '--base-url',
  url,
  ...tools,
  '--no-builtins',
  '-q',
  '-j',
  '1000',
  ...flags,
  'go',
]

function manyCalls(count) {
  const call = { ms: 0, startAt: 0, endAt: 0 }
  return [callsReply(1, new Array(count).fill(call), 0), textReply(0)]
}

export const JOURNAL_HEADER = ['', 'contender', 'median', 'x', 'range', 'target', '']

export async function journalRows(server, runs) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-bench-journal-'))
  try {
    return [...(await costRows(server, folder, runs)), ...(await resumeRows(server, folder, runs))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each run has a journal of its own, as one that is there already is refused. */
async function costRows(server, folder, runs) {
  let made = 0
  const file = () => {
    made += 1
    return join(folder, `${made}.jsonl`)
  }
  const contenders = {
    'no journal': (url) => ask(url, '--no-journal'),
    normal: (url) => ask(url, '--journal', file()),
    off: (url) => ask(url, '--journal', file(), '--durability', 'off'),
    strict: (url) => ask(url, '--journal', file(), '--durability', 'strict'),
  }
  const title = `${CALLS.toLocaleString('en-US')} calls, spawn to exit, ms`
  const results = await interleave(server, title, manyCalls(CALLS), Object.entries(contenders), runs)
  const times = new Map([...results].map(([name, list]) => [name, list.map((run) => run.exitedAt - run.spawnedAt)]))
  const none = median(times.get('no journal'))
  const rows = [...times].map(([name, list], index) => {
    const ratio = median(list) / none
    const [wanted, said] =
      name === 'normal' ? [`<= ${MAX_NORMAL_RATIO} x`, verdict(ratio, MAX_NORMAL_RATIO, 'x')] : ['', '']
    return [index === 0 ? title : '', name, number(median(list)), ratio.toFixed(2), range(list), wanted, said]
  })
  const kept = readdirSync(folder).map((name) => statSync(join(folder, name)).size / 1024)
  return [...rows, ['on disk, KiB', 'any', number(median(kept)), '', range(kept), '', '']]
}

/** Of a run that was killed when all its calls had ended, against a run that begins: spawn to first request. */
async function resumeRows(server, folder, runs) {
  const calls = EVENTS / 4
  const journal = join(folder, 'long.jsonl')
  await runAgainst(server, manyCalls(calls), ask(server.url, '--journal', journal))
  const lines = readFileSync(journal, 'utf8').split('\n')
  const cut = lines.findIndex((line) => line.includes('"type":"results"'))
  if (cut === -1) {
    faults.set('resume', 'the run that was to be gone on with did not come to its results')
    return []
  }
  writeFileSync(journal, `${lines.slice(0, cut + 1).join('\n')}\n`)
  const contenders = {
    ask: (url) => ask(url, '--no-journal'),
    resume: (url) => {
      const copy = join(folder, 'again.jsonl')
      cpSync(journal, copy)
      return [COMMAND, 'resume', copy, '--base-url', url, ...tools, '-q']
    },
  }
  const title = `${cut.toLocaleString('en-US')} events, spawn to first request, ms`
  const results = await interleave(server, title, [textReply(0)], Object.entries(contenders), runs)
  const [fresh, resumed] = [...results.values()].map((list) => list.map((run) => run.toFirstRequestMs))
  const more = median(resumed) - median(fresh)
  const wanted = `<= ${MAX_RESUME_MS} ms more`
  return [
    [title, 'ask', number(median(fresh)), '1.00', range(fresh), '', ''],
    [
      '',
      'resume',
      number(median(resumed)),
      (median(resumed) / median(fresh)).toFixed(2),
      range(resumed),
      wanted,
      `${number(more)} ms more: ${verdict(more, MAX_RESUME_MS, 'ms')}`,
    ],
  ]
}
