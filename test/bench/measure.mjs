/** Starts the scripted server and programs against it, and says how long they took. */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const PATIENCE_MS = 120_000
/**
 * NODE_EXTRA_CA_CERTS costs 60 ms a start on Node 20, LangChain's variables would send traces away; a
 * config or a variable of the user's must not count either.
 */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_|ANTHROPIC_|HTTPS?_PROXY|XDG_|LANG(?:CHAIN|SMITH)_|AI_)/i.test(name),
  ),
)

export async function openServer() {
  const child = fork(here('server.mjs'), { env: environment })
  const [{ port }] = await once(child, 'message')
  const say = async (message) => {
    child.send(message)
    const [answer] = await once(child, 'message')
    return answer
  }
  return {
    url: `http://127.0.0.1:${port}`,
    script: (replies) => say({ type: 'script', replies }),
    report: () => say({ type: 'report' }),
    close: () => child.disconnect(),
  }
}

/**
 * Runs Node with `args` to its end, or kills it.
 *
 * @param node  path of the Node that runs it
 * @returns `{ spawnedAt, exitedAt, late, fault }`, ms since 1970; `late` where it was killed; `fault` is null or the error's line on stderr
 */
export async function runNode(args, { node = process.execPath, patienceMs = PATIENCE_MS } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'agent-bench-'))
  // Journals too go where they are taken away again.
  const env = { ...environment, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, ANTHROPIC_API_KEY: 'bench' }
  const spawnedAt = performance.timeOrigin + performance.now()
  const child = spawn(node, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let late = false
  const patience = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, patienceMs)
  let stderr = ''
  let exitedAt = 0
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr = (stderr + text).slice(-4096)
  })
  child.once('exit', () => {
    exitedAt = performance.timeOrigin + performance.now()
  })
  const [code, signal] = await once(child, 'close')
  clearTimeout(patience)
  rmSync(home, { recursive: true, force: true })
  if (late) return { spawnedAt, exitedAt, late, fault: `took more than ${patienceMs / 1000} s` }
  const lines = stderr.trim().split('\n')
  const said = lines.find((line) => /^(?:agent:|\w*Error\b)/.test(line)) ?? lines.at(-1)
  return { spawnedAt, exitedAt, late, fault: code === 0 ? null : `exit ${code ?? signal}: ${said}` }
}

/** One program against one script. @param how  which Node, for how long; see runNode */
export async function runAgainst(server, replies, args, how) {
  await server.script(replies)
  const run = await runNode(args, how)
  const report = await server.report()
  const first = report.requests[0]
  const last = report.requests.at(-1)
  return {
    ...run,
    fault: run.fault ?? report.fault,
    ms: (last?.endedAt ?? Number.NaN) - (first?.arrivedAt ?? Number.NaN),
    toFirstRequestMs: (first?.arrivedAt ?? Number.NaN) - run.spawnedAt,
    toExitMs: run.exitedAt - (last?.endedAt ?? Number.NaN),
    firstRequestBytes: report.firstRequestBytes,
    requests: report.requests,
  }
}

/** Peak memory of the main process in MiB; a run of its own, since it loads one more file. */
export async function peakMemory(server, replies, args) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-bench-memory-'))
  const [program, ...rest] = args
  await server.script(replies)
  const env = {
    ...environment,
    ANTHROPIC_API_KEY: 'bench',
    XDG_CONFIG_HOME: folder,
    XDG_STATE_HOME: folder,
    BENCH_MEMORY_FOLDER: folder,
  }
  const child = spawn(process.execPath, ['--require', here('peak-memory.cjs'), program, ...rest], {
    env,
    stdio: 'ignore',
  })
  await once(child, 'close')
  try {
    return Number(readFileSync(join(folder, String(child.pid)), 'utf8')) / 1024
  } catch {
    return Number.NaN
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
