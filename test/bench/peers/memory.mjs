/** Peak memory of a program and of all that it starts, as Linux counts it: elsewhere there is nothing to read. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment } from '../measure.mjs'

/** The kernel keeps each process's peak; what a look may miss is the growth of a process's last moments. */
const LOOK_EVERY_MS = 5

/** @returns MiB, the sum of the peaks of all processes; NaN where the program failed or nothing could be read */
export async function peakOfAll(server, replies, args, node) {
  const home = mkdtempSync(join(tmpdir(), 'agent-bench-memory-'))
  await server.script(replies)
  const env = { ...environment, ANTHROPIC_API_KEY: 'bench', XDG_CONFIG_HOME: home, XDG_STATE_HOME: home }
  const child = spawn(node, args, { env, stdio: 'ignore' })
  const closed = once(child, 'close')
  const peaks = new Map()
  while (child.exitCode === null && child.signalCode === null) {
    for (const pid of withDescendants(child.pid)) {
      const kibibytes = peakOf(pid)
      if (kibibytes !== null) peaks.set(pid, kibibytes)
    }
    await sleep(LOOK_EVERY_MS)
  }
  const [code] = await closed
  rmSync(home, { recursive: true, force: true })
  const sum = [...peaks.values()].reduce((a, b) => a + b, 0)
  return code === 0 && sum > 0 ? sum / 1024 : Number.NaN
}

function withDescendants(pid) {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)
  return [pid, ...children.flatMap((child) => withDescendants(Number(child)))]
}

function peakOf(pid) {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`)) ?? []
  return kibibytes === undefined ? null : Number(kibibytes)
}

/** '' for what is gone. */
function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
