/**
 * Runs commands through the real source, with manifests and programs in a folder of their own and
 * hand-made attempts in the place of the scheduler.
 */

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/contract/clock.ts'
import type { ToolsConfig } from '../../src/contract/config.ts'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import type { Tool } from '../../src/contract/tool.ts'
import { openCommandSource } from '../../src/sources/command.ts'
import { attemptEnd } from '../rig/attempt-end.ts'
import { MARKER, type Survivor, survivors } from '../rig/survivors.ts'
import { NO_TOOLS } from './open-tools.ts'

/** A manifest without what every one has. */
export type Sketch = JsonObject & { command: JsonValue }

export type CommandAttempt = {
  outcome: Promise<Outcome>
  /** Resolves when the program runs. */
  started: Promise<void>
  /** `started`, once for each time that it was said. */
  clock: string[]
  abort(): void
  timeOut(): void
}

export interface OpenCommands {
  tools: Tool[]
  /** Where the manifest stands. */
  folder: string
  call(input?: JsonObject, name?: string): CommandAttempt
  /** Of notify, `level: text`. */
  notes: string[]
  close(options?: { now: boolean }): Promise<void>
  survivors(): Promise<Survivor[]>
}

/** Files are made executable; `manifest` may be the text of one, or a list of them. */
export async function openCommands(
  manifest: Sketch | Sketch[] | string,
  { files = {}, config = {} }: { files?: Record<string, string>; config?: Partial<ToolsConfig> } = {},
): Promise<OpenCommands> {
  const folder = mkdtempSync(join(tmpdir(), 'commands-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const file = join(folder, 'one.tool.json')
  writeFileSync(file, typeof manifest === 'string' ? manifest : JSON.stringify(completed(manifest)))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o755 })
  const marker = randomUUID()
  const environment = { PATH: process.env['PATH'] ?? '', [MARKER]: marker }
  const notes: string[] = []
  const source = openCommandSource({
    config: { ...NO_TOOLS, environment, baseEnvironment: environment, ...config },
    manifests: [file],
    clock: systemClock(0),
    notify: (level, text) => void notes.push(`${level}: ${text}`),
    trace: null,
  })
  onTestFinished(() => source.close({ now: true }))
  const tools = await source.tools()
  let calls = 0
  return {
    tools,
    folder,
    call(input = {}, name = tools[0]?.name ?? '') {
      const tool = tools.find((one) => one.name === name)
      if (!tool) throw new Error(`no tool ${name}`)
      calls += 1
      const controller = new AbortController()
      let say = () => {}
      const words: string[] = []
      const started = new Promise<void>((resolve) => {
        say = () => {
          words.push('started')
          resolve()
        }
      })
      const context = Object.assign(attemptEnd(controller.signal), {
        callId: `toolu_${calls}`,
        attempt: 1,
        idempotencyKey: `run/toolu_${calls}`,
        started: say,
        held: () => {},
        startedAnew: () => {},
        progress: () => {},
      })
      const outcome = tool.run(input, context)
      return {
        outcome,
        started,
        clock: words,
        abort: () => controller.abort(new Error('it is canceled')),
        timeOut: () => controller.abort(new DOMException('its time is up', 'TimeoutError')),
      }
    },
    notes,
    close: (options) => source.close(options),
    survivors: () => survivors(marker, 2000),
  }
}

function completed(manifest: Sketch | Sketch[]): JsonValue {
  if (Array.isArray(manifest)) return manifest.map(completed)
  return { name: 'one', description: 'for tests', input_schema: {}, ...manifest }
}

/** A schema with these properties, of any type. */
export function properties(...names: string[]): JsonObject {
  return { properties: Object.fromEntries(names.map((name) => [name, {}])) }
}
