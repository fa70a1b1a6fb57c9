/**
 * Opens servers through the real source, real processes and real sockets, with hand-made attempts in
 * the place of the scheduler.
 */

import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../../src/contract/clock.ts'
import type { ToolsConfig } from '../../src/contract/config.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import type { Effect, Tool } from '../../src/contract/tool.ts'
import { openMcpSource } from '../../src/sources/mcp.ts'
import { attemptEnd } from '../rig/attempt-end.ts'
import { MARKER, type Survivor, survivors } from '../rig/survivors.ts'
import { NO_TOOLS } from './open-tools.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const require = createRequire(import.meta.url)
export const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js')
export const FILESYSTEM = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js')
export const MEMORY = require.resolve('@modelcontextprotocol/server-memory/dist/index.js')
/** A server that does wrong; what, its arguments say. */
export const FAULTY = join(import.meta.dirname, 'tools', 'faulty-mcp.mjs')

export const node = (...words: string[]) => [process.execPath, ...words].map((word) => `'${word}'`).join(' ')

export type McpAttempt = {
  outcome: Promise<Outcome>
  /** `started`, `startedAnew`, `progress`, in order. */
  clock: string[]
  abort(): void
  /** Aborts as the time-out of an attempt does. */
  timeOut(): void
  said(word: string, times?: number): Promise<void>
}

export type OpenMcp = {
  tools: Tool[]
  /** The part of a tool's name behind the server's is enough. @param effect  over the tool's own */
  call(name: string, input?: JsonObject, effect?: Effect): McpAttempt
  /** Of notify, `level: text`. */
  notes: string[]
  noted(part: string): Promise<void>
  close(options?: { now: boolean }): Promise<void>
  survivors(): Promise<Survivor[]>
}

/** Closed after the test. Rejects as the source does. */
export async function openMcp(
  texts: string[],
  config: Partial<ToolsConfig> = {},
  clock: Clock = systemClock(0),
): Promise<OpenMcp> {
  const marker = randomUUID()
  const notes: string[] = []
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
  const source = openMcpSource({
    config: {
      ...NO_TOOLS,
      baseEnvironment: { PATH: process.env['PATH'] ?? '', [MARKER]: marker },
      mcp: texts.map((text) => ({ text, directory: ROOT, from: '--mcp' })),
      ...config,
    },
    clock,
    trace: null,
    notify: (level, note) => {
      notes.push(`${level}: ${note}`)
      changed()
    },
  })
  onTestFinished(() => source.close({ now: true }))
  const tools = await source.tools()
  let calls = 0
  return {
    tools,
    call(name, input = {}, effect) {
      const tool = tools.find((one) => one.name === name || one.name.endsWith(`__${name}`))
      if (!tool) throw new Error(`no tool ${name} among ${tools.map((one) => one.name).join(', ')}`)
      calls += 1
      const controller = new AbortController()
      const words: string[] = []
      const say = (word: string) => () => {
        words.push(word)
        changed()
      }
      const context = Object.assign(attemptEnd(controller.signal), {
        callId: `toolu_${calls}`,
        attempt: 1,
        idempotencyKey: `run/toolu_${calls}`,
        started: say('started'),
        held: say('held'),
        startedAnew: say('startedAnew'),
        progress: say('progress'),
      })
      // As the registry does where the config file gives a tool another effect.
      const outcome = tool.run.call(effect === undefined ? tool : { ...tool, effect }, input, context)
      return {
        outcome,
        clock: words,
        abort: () => controller.abort(new Error('it is canceled')),
        timeOut: () => controller.abort(new DOMException('its time is up', 'TimeoutError')),
        said: (word, times = 1) => until(() => words.filter((one) => one === word).length >= times),
      }
    },
    notes,
    noted: (part) => until(() => notes.some((note) => note.includes(part))),
    close: (options) => source.close(options),
    survivors: () => survivors(marker, 2000),
  }
}

/** What a call ended with, short enough to compare. */
export async function ended(attempt: McpAttempt): Promise<unknown> {
  const outcome = await attempt.outcome
  return outcome.status === 'ok' ? outcome.output : [outcome.status, outcome.error.code, outcome.error.message]
}
