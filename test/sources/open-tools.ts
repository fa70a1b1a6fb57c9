/**
 * Runs tool files through the real source and a real host, with hand-made attempts in the place of
 * the scheduler.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/contract/clock.ts'
import type { ToolsConfig } from '../../src/contract/config.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import type { AttemptContext, Tool } from '../../src/contract/tool.ts'
import { openModuleSource } from '../../src/sources/module.ts'
import { toolPaths } from '../../src/sources/tool-paths.ts'
import { attemptEnd } from '../rig/attempt-end.ts'
import { MARKER, type Survivor, survivors } from '../rig/survivors.ts'

const TOOL_FILES = join(import.meta.dirname, 'tools')

export const NO_TOOLS: ToolsConfig = {
  paths: [],
  mcp: [],
  requireMcp: false,
  builtins: false,
  only: null,
  allow: [],
  deny: [],
  root: null,
  allowDotfiles: false,
  allowPrivateNetwork: false,
  sayings: [],
  defaultTimeoutMs: null,
  slots: { threads: null, commands: null, mcp: null },
  environment: {},
  baseEnvironment: {},
  variables: {},
}

export type Attempt = {
  outcome: Promise<Outcome>
  /** `started`, `held`, `startedAnew` and `progress`, in order. */
  clock: string[]
  abort(reason?: string | Error): void
  /** Aborts as the time-out of an attempt does. */
  timeOut(): void
  /** Resolves when the clock says `word` for the n-th time. */
  said(word: 'started' | 'held' | 'startedAnew' | 'progress', times?: number): Promise<void>
}

export interface OpenTools extends AsyncDisposable {
  tools: Tool[]
  call(name: string, input?: JsonObject): Attempt
  /** As `call`, of the function that makes the tool's exclusive key. */
  askKey(name: string, input?: JsonObject): Attempt
  /** Of notify, `level: text`. */
  notes: string[]
  noted(part: string): Promise<void>
  output(): string
  printed(part: string): Promise<void>
  close(options?: { now: boolean }): Promise<void>
  survivors(): Promise<Survivor[]>
}

export async function openTools(
  files: string[],
  { paths = [], ...config }: Partial<Omit<ToolsConfig, 'paths'>> & { paths?: string[] } = {},
  clock: Clock = systemClock(0),
): Promise<OpenTools> {
  const marker = randomUUID()
  const notes: string[] = []
  let text = ''
  const watchers = new Set<() => void>()
  const changed = () => {
    for (const look of watchers) look()
  }
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  const named = [...files.map((file) => join(TOOL_FILES, file)), ...paths]
  const { modules, described } = toolPaths(named.map((path) => ({ path, from: '--tools' })))
  const source = openModuleSource({
    config: {
      ...NO_TOOLS,
      environment: { PATH: process.env['PATH'] ?? '', [MARKER]: marker },
      ...config,
    },
    files: [...modules, ...described],
    offline: true,
    trace: null,
    clock,
    notify: (level, note) => {
      notes.push(`${level}: ${note}`)
      changed()
    },
    toolOutput: (chunk) => {
      text += chunk.toString()
      changed()
    },
  })
  const tools = await source.tools().catch(async (error: unknown) => {
    await source.close({ now: true })
    throw error
  })
  let calls = 0
  function toolNamed(name: string): Tool {
    const tool = tools.find((one) => one.name === name)
    if (!tool) throw new Error(`no tool ${name}`)
    return tool
  }
  function attempt(run: (context: AttemptContext) => Promise<Outcome>): Attempt {
    calls += 1
    const controller = new AbortController()
    const words: string[] = []
    const say = (word: string) => () => {
      words.push(word)
      changed()
    }
    const context: AttemptContext = Object.assign(attemptEnd(controller.signal), {
      callId: `toolu_${calls}`,
      attempt: 1,
      idempotencyKey: `run/toolu_${calls}`,
      started: say('started'),
      held: say('held'),
      startedAnew: say('startedAnew'),
      progress: say('progress'),
    })
    const outcome = run(context)
    return {
      outcome,
      clock: words,
      abort: (reason = 'it is canceled') => controller.abort(typeof reason === 'string' ? new Error(reason) : reason),
      timeOut: () => controller.abort(new DOMException('its time is up', 'TimeoutError')),
      said: (word, times = 1) => until(() => words.filter((one) => one === word).length >= times),
    }
  }
  return {
    tools,
    call: (name, input = {}) => attempt((context) => toolNamed(name).run(input, context)),
    askKey(name, input = {}) {
      const { exclusive } = toolNamed(name)
      if (typeof exclusive !== 'function') throw new Error(`${name} has no function for keys`)
      return attempt((context) => exclusive(input, context))
    },
    notes,
    noted: (part) => until(() => notes.some((note) => note.includes(part))),
    output: () => text,
    printed: (part) => until(() => text.includes(part)),
    close: (options) => source.close(options),
    survivors: () => survivors(marker, 2000),
    [Symbol.asyncDispose]: () => source.close({ now: true }),
  }
}
