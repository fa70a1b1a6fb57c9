/** What a call costs beyond the tool's own time: modules on the loop and in threads, commands, MCP servers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMMAND } from './cases.mjs'
import { faults } from './interleave.mjs'
import { peakMemory, runNode } from './measure.mjs'
import { median, number, range, verdict } from './table.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const CALLS = 200
/** As many as agent runs at once of each kind. */
const COMMANDS_AT_ONCE = 4 * availableParallelism()
const MCP_AT_ONCE = 16
const MAX_HOST_MS = 0.5
const MAX_COMMAND_RATIO = 1.3
const MAX_MCP_RATIO = 1.2
const PROGRAM = '/bin/true'
/** Memory hardly varies. */
const MEMORY_RUNS = 3

function everything() {
  const packageFile = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json')
  return join(dirname(packageFile), 'dist', 'index.js')
}

/** Folder with what the contenders need; `made` takes it away again. */
function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'agent-bench-calls-'))
  const tool = { name: 'nothing', description: 'Does nothing.', input_schema: {}, command: [PROGRAM], effect: 'read' }
  writeFileSync(join(folder, 'nothing.tool.json'), JSON.stringify(tool))
  const server = { command: process.execPath, args: [everything(), 'stdio'] }
  writeFileSync(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { everything: server } }))
  return folder
}

function contenders(folder) {
  const out = join(folder, 'out.json')
  const agent = (tool, input, ...flags) => {
    const question = Array.from({ length: CALLS }, () => `${tool}(${JSON.stringify(input)})`).join(' ')
    return [COMMAND, 'ask', '--offline', '--json', '-q', '--no-builtins', '-j', '1000', '-o', out, ...flags, question]
  }
  const modules = ['-t', here('calls-tools.mjs')]
  return {
    'async module': { agent: agent('on_loop', {}, ...modules) },
    'plain function, threads': { agent: agent('in_thread', {}, ...modules) },
    command: {
      agent: agent('nothing', {}, '-t', join(folder, 'nothing.tool.json')),
      floor: [here('calls-execa.mjs'), out, String(CALLS), String(COMMANDS_AT_ONCE), PROGRAM],
    },
    'MCP, stdio': {
      agent: agent('mcp__everything__echo', { message: 'hi' }, '--mcp', join(folder, 'mcp.json')),
      floor: [here('calls-mcp.mjs'), out, String(CALLS), String(MCP_AT_ONCE), everything(), 'stdio'],
    },
  }
}

/** From the start of the first call to the end of the last, ms; of a transcript or of a floor's own word. */
function wallMs(document) {
  if (document.wallMs !== undefined) return document.wallMs
  const calls = document.turns[0].tool_calls
  const bad = calls.find(({ status }) => status !== 'ok')
  if (bad !== undefined || calls.length !== CALLS) throw new Error(bad?.error.message ?? `${calls.length} calls`)
  const times = calls.map(({ timing }) => timing)
  return Math.max(...times.map(({ ended_ms }) => ended_ms)) - Math.min(...times.map(({ started_ms }) => started_ms))
}

/** @param server  the scripted one, which nobody here asks; peak memory is measured through it */
export async function callRows(server, names, runs) {
  const folder = prepare()
  const out = join(folder, 'out.json')
  const cases = Object.entries(contenders(folder)).map(([title, all]) => ({
    title,
    list: Object.entries(all)
      .filter(([name]) => names === null || names.includes(name))
      .map(([name, args]) => ({ name, args, times: [] })),
  }))
  for (let round = 0; round <= runs; round += 1) {
    for (const { title, list } of cases) {
      for (const { name, args, times } of list) {
        const { fault } = await runNode(args)
        try {
          if (fault !== null) throw new Error(fault)
          if (round > 0) times.push(wallMs(JSON.parse(readFileSync(out, 'utf8'))) / CALLS)
          else wallMs(JSON.parse(readFileSync(out, 'utf8')))
        } catch (error) {
          faults.set(`${title}: ${name}`, error.message)
        }
      }
    }
  }
  const rows = []
  for (const { title, list } of cases) {
    const floor = median(list.find(({ name }) => name === 'floor')?.times ?? [])
    for (const [index, { name, args, times }] of list.entries()) {
      const memory = []
      for (let run = 0; run < Math.min(runs, MEMORY_RUNS); run += 1) memory.push(await peakMemory(server, [], args))
      rows.push(rowOf(index === 0 ? title : '', name, times, floor, median(memory)))
    }
  }
  rmSync(folder, { recursive: true, force: true })
  return rows
}

function rowOf(title, name, times, floor, memory) {
  const ms = median(times)
  const ratio = name === 'agent' && Number.isFinite(floor) ? ms / floor : Number.NaN
  const shown = Number.isFinite(ratio) ? ratio.toFixed(2) : '-'
  const [target, said] = name === 'agent' ? judged(title, ms, ratio) : ['', '']
  return [title, name, number(ms), shown, range(times), number(memory), target, said]
}

function judged(title, ms, ratio) {
  if (title === 'command') return [`<= ${MAX_COMMAND_RATIO} x`, verdict(ratio, MAX_COMMAND_RATIO, 'x')]
  if (title === 'MCP, stdio') return [`<= ${MAX_MCP_RATIO} x`, verdict(ratio, MAX_MCP_RATIO, 'x')]
  return [`<= ${MAX_HOST_MS} ms`, verdict(ms, MAX_HOST_MS, 'ms')]
}

export const CALL_HEADER = [`${CALLS} calls at once`, 'contender', 'ms a call', 'x floor', 'range', 'MiB', 'target', '']
