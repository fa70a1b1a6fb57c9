/** Start, end, memory and the first request, of one question that needs no tool. */
import { COMMAND, STARTUP } from './cases.mjs'
import { faults, interleave } from './interleave.mjs'
import { peakMemory, runNode } from './measure.mjs'
import { median, number, range, verdict } from './table.mjs'

/** Memory hardly varies, and each run of it costs a start. */
const MAX_MEMORY_RUNS = 3

export async function startupRows(server, contenders, runs) {
  const { replies, targets } = STARTUP
  const bare = []
  const version = []
  const results = await interleave(server, 'start', replies, contenders, runs, async (counts) => {
    const empty = await runNode(['-e', '0'])
    const told = await runNode([COMMAND, '--version'])
    if (told.fault !== null) faults.set('agent --version', told.fault)
    if (!counts) return
    bare.push(empty.exitedAt - empty.spawnedAt)
    if (told.fault === null) version.push(told.exitedAt - told.spawnedAt)
  })
  const node = median(bare)
  const of = (pick) => [...results].map(([name, list]) => [name, list.map(pick)])
  const memory = []
  for (const [name, command] of contenders) {
    const peaks = []
    for (let run = 0; run < Math.min(runs, MAX_MEMORY_RUNS); run += 1) {
      peaks.push(await peakMemory(server, replies, command(server.url)))
    }
    memory.push([name, peaks])
  }
  return [
    ...section(
      'spawn to exit, ms',
      [
        ['node -e 0', bare],
        ['agent --version', version],
      ],
      { node, maxRatio: targets.versionRatio },
    ),
    ...section(
      'spawn to first request, ms',
      of((run) => run.toFirstRequestMs),
      { node, maxRatio: targets.toFirstRequestRatio },
    ),
    ...section(
      'last reply to exit, ms',
      of((run) => run.toExitMs),
      { max: targets.toExitMs, unit: 'ms' },
    ),
    ...section('peak memory, MiB', memory, { max: targets.peakMiB, unit: 'MiB' }),
    ...section(
      'first request, bytes',
      of((run) => run.firstRequestBytes),
      { max: targets.firstRequestBytes, unit: 'bytes' },
    ),
  ]
}

/** @param node  where it is given, values are judged as multiples of bare node */
function section(title, entries, { node = null, maxRatio = 0, max = 0, unit = 'x' }) {
  return entries.map(([name, values], index) => {
    const value = median(values)
    const ours = name.startsWith('agent')
    const ratio = node === null ? '' : (value / node).toFixed(2)
    const wanted = node === null ? `<= ${max.toLocaleString('en-US')} ${unit}` : `<= ${maxRatio} x`
    const said = node === null ? verdict(value, max, unit) : verdict(value / node, maxRatio, 'x')
    return [index === 0 ? title : '', name, number(value), ratio, range(values), ours ? wanted : '', ours ? said : '']
  })
}
