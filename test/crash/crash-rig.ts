/**
 * Runs that are killed and resumed through the built command: a scripted server whose answer depends
 * on the conversation alone, tools that count what they have done, one home for all attempts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import type { ApiRequest, ApiServer } from '../rig/api-server.ts'
import { openApiServer } from '../rig/api-server.ts'
import type { MessageReply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import type { AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { survivors } from '../rig/survivors.ts'

/** The calls of each message, as `tool what`; behind the last one the model answers. */
export type Scenario = { turns: string[][]; flags: string[] }

export const SCENARIOS: Record<string, Scenario> = {
  'three turns of every effect': {
    turns: [
      ['look a', 'change b', 'put c'],
      ['change d', 'look e'],
      ['put f', 'change g'],
    ],
    flags: [],
  },
  'many calls at once': {
    turns: [['look', 'put', 'change'].flatMap((tool) => Array.from({ length: 7 }, (_, n) => `${tool} ${n}`))],
    flags: ['-j', '5'],
  },
  'results that come late': { turns: [['wait a', 'change b'], ['change c']], flags: ['--early-results', '20ms'] },
}

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'kill-at.mjs')).href

export interface CrashRun {
  /** @param killAt  see kill-at.mjs; null: it is left alone */
  ask(killAt: string | null, signal?: NodeJS.Signals): Promise<AgentResult>
  /** With SIGKILL, and all that it has started with it. */
  kill(afterMs: number): Promise<AgentResult>
  resume(args: readonly string[], killAt: string | null): Promise<AgentResult>
  /** How often each piece of work was done. */
  done(): Map<string, number>
  readonly api: ApiServer
  /** Where it has its home and its work, and the variables that its tools need. */
  readonly dir: string
  readonly env: Record<string, string>
}

export async function openCrashRun(scenario: Scenario): Promise<CrashRun & AsyncDisposable> {
  const dir = makeRunFolder()
  const doneFile = join(dir, 'done')
  const api = await openApiServer({
    key: CANARY_KEY,
    echo: false,
    replies: (request) => replyTo(request, scenario),
  })
  const env = (killAt: string | null, signal: NodeJS.Signals = 'SIGKILL') => ({
    DONE_FILE: doneFile,
    KILL_WITH: signal,
    ...(killAt !== null && { KILL_AT: killAt, NODE_OPTIONS: `--import ${PRELOAD}` }),
  })
  const fixed = ['--base-url', api.url, '-t', join(import.meta.dirname, 'tools.mjs')]
  return {
    api,
    dir,
    env: env(null),
    ask: (killAt, signal) =>
      runAgent(['ask', '--json', '--no-builtins', ...fixed, ...scenario.flags, 'go on'], {
        dir,
        env: env(killAt, signal),
      }),
    kill: async (afterMs) => {
      const started = startAgent(['ask', '--json', '--no-builtins', ...fixed, ...scenario.flags, 'go on'], {
        dir,
        env: env(null),
      })
      const timer = setTimeout(() => started.kill('SIGKILL'), afterMs)
      const result = await started.ended
      clearTimeout(timer)
      if (result.code === 0) return result
      for (const { pid } of await survivors(started.marker)) process.kill(pid, 'SIGKILL')
      return result
    },
    resume: (args, killAt) => runAgent(['resume', '--json', ...args, 'last'], { dir, env: env(killAt) }),
    done: () => {
      const counts = new Map<string, number>()
      if (!existsSync(doneFile)) return counts
      for (const line of readFileSync(doneFile, 'utf8').split('\n').slice(0, -1)) {
        counts.set(line, (counts.get(line) ?? 0) + 1)
      }
      return counts
    },
    [Symbol.asyncDispose]: () => api.close(),
  }
}

/** By how many messages of its own the conversation holds: the same one is answered alike however often it is asked. */
function replyTo({ body }: ApiRequest, { turns }: Scenario): MessageReply {
  const messages = Array.isArray(body['messages']) ? body['messages'] : []
  const said = messages.filter((message) => (message as JsonObject)['role'] === 'assistant').length
  const calls = turns[said]
  if (calls === undefined) return reply.text('All is done.')
  return calls.reduce((message, call) => {
    const [tool = '', what = ''] = call.split(' ')
    return message.toolUse(tool, { what })
  }, reply.text('Let me see.'))
}

/** What is wrong with the end of a run that was killed and resumed, in words; [] if nothing is. */
export function faultsOf(transcript: Transcript, done: ReadonlyMap<string, number>, calm: Transcript): string[] {
  const faults: string[] = []
  if (transcript.status !== 'completed') faults.push(`status ${transcript.status}`)
  if (transcript.answer !== calm.answer) faults.push(`answer ${JSON.stringify(transcript.answer)}`)
  const calls = transcript.turns.flatMap(({ tool_calls }) => tool_calls)
  const wanted = calm.turns.flatMap(({ tool_calls }) => tool_calls)
  if (calls.length !== wanted.length) faults.push(`${calls.length} calls instead of ${wanted.length}`)
  for (const { tool, input, effect, status } of calls) {
    const work = `${tool} ${String(input['what'])}`
    const times = done.get(work) ?? 0
    if (status !== 'ok' && status !== 'interrupted') faults.push(`${work}: ${status}`)
    if (effect === 'write' && times > 1) faults.push(`${work} was done ${times} times`)
    if (status === 'ok' && times === 0) faults.push(`${work} was never done`)
    if (effect !== 'write' && status === 'interrupted') faults.push(`${work} was given up`)
  }
  return faults
}
