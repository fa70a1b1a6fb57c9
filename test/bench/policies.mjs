/** What scheduling a call costs: the scheduler alone, no-op tools, 64 slots, each run in a process of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { faults } from './interleave.mjs'
import { runNode } from './measure.mjs'
import { median, number, range, verdict } from './table.mjs'

const SIZES = [1_000, 10_000, 100_000]
const CONTENDERS = ['no policy', 'defaults', 'all policies', 'p-queue', 'p-limit']
const MAX_ALL_RATIO = 2
/** A call of 100,000 against one of 1,000: linear, but for what a larger heap costs. */
const MAX_GROWTH = 1.5

async function bundle(folder) {
  const script = join(folder, 'policies.mjs')
  const input = fileURLToPath(new URL('policies-contenders.ts', import.meta.url))
  const made = await rolldown({ input, platform: 'node', logLevel: 'warn' })
  await made.write({ file: script, format: 'esm' })
  await made.close()
  return script
}

/** @returns microseconds a call, by contender and size */
export async function policyRows(runs) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-bench-policies-'))
  const out = join(folder, 'out.json')
  const script = await bundle(folder)
  const times = new Map()
  for (let round = 0; round < runs; round += 1) {
    for (const size of SIZES) {
      for (const contender of CONTENDERS) {
        const { fault } = await runNode([script, contender, String(size), out])
        if (fault !== null) faults.set(contender, fault)
        const key = `${contender} ${size}`
        const { ms } = JSON.parse(readFileSync(out, 'utf8'))
        times.set(key, [...(times.get(key) ?? []), (ms * 1_000) / size])
      }
    }
  }
  rmSync(folder, { recursive: true, force: true })
  return CONTENDERS.map((contender) => rowOf(contender, times))
}

function rowOf(contender, times) {
  const of = (name, size) => median(times.get(`${name} ${size}`) ?? [])
  const [small, , large] = SIZES.map((size) => of(contender, size))
  const growth = large / small
  const ratio = large / of('no policy', SIZES.at(-1))
  const cells = SIZES.map((size) => number(of(contender, size)))
  const [target, said] = judged(contender, ratio, growth)
  return [
    contender,
    ...cells,
    growth.toFixed(2),
    ratio.toFixed(2),
    range(times.get(`${contender} ${SIZES.at(-1)}`) ?? []),
    target,
    said,
  ]
}

function judged(contender, ratio, growth) {
  if (contender === 'all policies') return [`<= ${MAX_ALL_RATIO} x`, verdict(ratio, MAX_ALL_RATIO, 'x')]
  if (contender === 'defaults') return [`growth <= ${MAX_GROWTH}`, verdict(growth, MAX_GROWTH, 'x')]
  return ['', '']
}

export const POLICY_HEADER = [
  'us a call of',
  ...SIZES.map((size) => size.toLocaleString('en')),
  'growth',
  'x none',
  'range',
  'target',
  '',
]
