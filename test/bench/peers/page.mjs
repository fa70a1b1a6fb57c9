/** The measured part of docs/benchmarks.md, as Markdown. */
import { CASES, STARTUP } from '../cases.mjs'
import { judged, median, number, range, verdict } from '../table.mjs'

const LOOP = CASES.find(({ turns }) => turns !== undefined)

/** What run.mjs has found; see there. */
export function pageOf(found) {
  const notes = new Notes()
  return [
    facts(found),
    '### Time\n',
    `ms, median of ${found.runs} (least-most). The loop is given as ms a turn.\n`,
    markdown(
      ['', 'Node', ...CASES.map(titleOf)],
      [
        ['least possible', '', ...CASES.map(({ limit }) => (limit > 0 ? number(limit) : '-'))],
        ...rowsOf(found, (contender, one) => timeCell(found, contender, one, notes)),
      ],
    ),
    '### Ratios\n',
    'The medians above as multiples of the least possible, and for the loop of the bare loop.\n',
    markdown(
      ['', 'Node', ...CASES.map(titleOf)],
      rowsOf(found, (contender, one) => ratioCell(found, contender, one)),
    ),
    '### Start and memory\n',
    startText(found),
    markdown(
      ['', 'Node', 'to first request', 'x Node', 'to exit', 'x Node', 'MiB, start', 'MiB, 1,000 calls'],
      startRows(found, notes),
    ),
    ...notes.lines(),
    '### Our targets\n',
    'For `agent` in its last row above, set on a quiet machine; `npm run bench` checks these and others.\n',
    markdown(['', 'target', 'measured', ''], targetRows(found)),
  ].join('\n')
}

function facts({ machine, runs }) {
  const lines = [
    `${machine.date}, runs of each: ${runs}`,
    `${machine.cpu}, ${machine.memory}, ${machine.system}; load of the last minute ${machine.load}`,
    `scripted server: Node ${machine.server}, a process of its own on the same machine`,
    machine.versions.join(', '),
  ]
  return `${lines.map((line) => `- ${line}`).join('\n')}\n`
}

const titleOf = ({ title }) => title
const timesAt = ({ times }, { key }, { title }) => times.get(title)?.get(key) ?? []
/** In the unit of the tables: ms, or ms a turn. */
const inUnit = (list, { turns = 1 }) => list.map((ms) => ms / turns)

function rowsOf({ contenders }, cellOf) {
  return contenders.map((contender) => [
    contender.name,
    contender.node.version.slice(1),
    ...CASES.map((one) => cellOf(contender, one)),
  ])
}

function timeCell(found, contender, one, notes) {
  const list = inUnit(timesAt(found, contender, one), one)
  return figure(list, notes, contender.refusal ?? found.faults.get(`${one.title}: ${contender.key}`))
}

/** Median and range, or a word; what went wrong stands below. */
function figure(list, notes, fault) {
  const mark = fault === undefined ? '' : notes.mark(fault)
  return list.length === 0 ? `none${mark}` : `${number(median(list))} (${range(list)})${mark}`
}

function ratioCell(found, contender, one) {
  const least =
    one === LOOP
      ? median(
          timesAt(
            found,
            found.contenders.findLast(({ name }) => name === 'bare loop'),
            one,
          ),
        )
      : one.limit
  const ratio = median(timesAt(found, contender, one)) / least
  return Number.isFinite(ratio) ? ratio.toFixed(ratio < 10 ? 3 : 1) : '-'
}

function startText({ start }) {
  const bare = [...start.bare].map(([version, list]) => `${number(median(list))} ms (${range(list)}) on ${version}`)
  return `From spawn, ms, and as multiples of \`node -e 0\`, which takes ${bare.join(' and ')}. Peak memory is the sum over all processes.\n`
}

function startRows({ contenders, start, memory, faults }, notes) {
  return contenders.map(({ name, node, key, refusal }) => {
    const { toFirstRequest = [], toExit = [] } = start.figures.get(key) ?? {}
    const bare = median(start.bare.get(node.version))
    const times = (list) => (list.length === 0 ? '-' : (median(list) / bare).toFixed(2))
    const fault = refusal ?? faults.get(`start: ${key}`)
    return [
      name,
      node.version.slice(1),
      figure(toFirstRequest, notes, fault),
      times(toFirstRequest),
      figure(toExit, notes, fault),
      times(toExit),
      number(median(memory.start.get(key) ?? [])),
      number(median(memory.calls.get(key) ?? [])),
    ]
  })
}

function targetRows(found) {
  const ours = found.contenders.findLast(({ name }) => name === 'agent')
  const { toFirstRequestRatio } = STARTUP.targets
  const first = median(found.start.figures.get(ours.key)?.toFirstRequest ?? [])
  const bare = median(found.start.bare.get(ours.node.version))
  return [
    ...CASES.map((one) => {
      const ms = median(timesAt(found, ours, one))
      const measured =
        one === LOOP ? `${number(ms / LOOP.turns)} ms a turn` : `${number(ms)} ms, ${(ms / one.limit).toFixed(3)} x`
      const [target, said] = judged(one.target, ms, ms / one.limit, one.turns)
      return [one.title, target.replace('a turn', 'ms a turn'), measured, said]
    }),
    [
      'spawn to first request',
      `<= ${toFirstRequestRatio} x Node`,
      `${(first / bare).toFixed(2)} x`,
      verdict(first / bare, toFirstRequestRatio, 'x'),
    ],
  ]
}

/** Footnotes, each reason once. */
class Notes {
  #reasons = []

  mark(reason) {
    if (!this.#reasons.includes(reason)) this.#reasons.push(reason)
    return ` [${this.#reasons.indexOf(reason) + 1}]`
  }

  lines() {
    return this.#reasons.length === 0
      ? []
      : [`${this.#reasons.map((reason, index) => `[${index + 1}]: in at least one run: ${reason}`).join('\n\n')}\n`]
  }
}

/** Text to the left, figures to the right. */
function markdown(header, rows) {
  const isText = (column) => header[column] === '' || header[column] === 'target'
  const widths = header.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column].length)))
  const line = (row) =>
    `| ${row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`
  const rule = widths.map((width, column) => (isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return `${[line(header), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')}\n`
}
