/**
 * Puts a cassette into a run: either what the model and the tools say is kept, or they answer as they
 * did then. Loaded only where --record or --replay asks for it.
 */
import packageJson from '../package.json' with { type: 'json' }
import { checkTarget, writeCassette } from './cassette/cassette-file.ts'
import { cleanCassette } from './cassette/clean-cassette.ts'
import { readRecording } from './cassette/read-recording.ts'
import { recordTool } from './cassette/recorded-tools.ts'
import { openReplayOrder } from './cassette/replay-order.ts'
import { openReplayedTools } from './cassette/replayed-tools.ts'
import type { Exchange, RecordedCall } from './contract/cassette.ts'
import type { Clock } from './contract/clock.ts'
import type { CassetteConfig } from './contract/config.ts'
import type { Model } from './contract/model.ts'
import type { Redactor } from './contract/redact.ts'
import type { Tool } from './contract/tool.ts'
import { recordModel } from './models/recording.ts'
import { replayModel } from './models/replay.ts'

export interface RunCassette {
  /** Of the recording that answers; null: the run asks its own. */
  readonly model: string | null
  /** Pauses before further attempts keep the pace of the replay. */
  readonly clock: Clock
  openModel(open: () => Promise<Model>): Promise<Model>
  /** The tool as the run calls it; always the same one for the same tool. */
  toolOf(tool: Tool): Tool
  /** Aborted with the run's own, and by a difference from the recording. */
  signal(outer: AbortSignal): AbortSignal
  /**
   * Keeps what was recorded, however the run has ended.
   * @throws AgentError (exit 12)
   */
  keep(run: { question: string }): Promise<void>
}

type CassetteDeps = { clock: Clock; redact: Redactor }

/** @throws AgentError (exit 2, 3 or 12) */
export function openCassette(config: CassetteConfig, deps: CassetteDeps): Promise<RunCassette> {
  return config.type === 'record' ? openRecord(config.path, deps) : openReplay(config, deps)
}

async function openRecord(path: string, { clock, redact }: CassetteDeps): Promise<RunCassette> {
  await checkTarget(path)
  const exchanges: Exchange[] = []
  const calls: RecordedCall[] = []
  let model: Model | null = null
  return {
    model: null,
    clock,
    openModel: async (open) => {
      model = recordModel(await open(), clock, (exchange) => exchanges.push(exchange))
      return model
    },
    toolOf: remembered((tool) => recordTool(tool, clock, (call) => calls.push(call))),
    signal: (outer) => outer,
    keep: async ({ question }) => {
      const cassette = {
        cassette: 1 as const,
        version: packageJson.version,
        recorded_at: new Date(clock.wall()).toISOString(),
        question,
        model: model?.name ?? '',
        max_output_tokens: model?.maxOutputTokens ?? 0,
        exchanges,
        tool_calls: calls,
      }
      await writeCassette(path, cleanCassette(cassette, redact))
    },
  }
}

async function openReplay(
  { path, speed, liveTools, model: named }: Extract<CassetteConfig, { type: 'replay' }>,
  { clock, redact }: CassetteDeps,
): Promise<RunCassette> {
  const recording = await readRecording(path)
  const stopping = new AbortController()
  const stop = (error: Error) => stopping.abort(error)
  const order = openReplayOrder(recording.exchanges)
  const { requested: onRequest, replied: onReply } = order
  const model = replayModel(recording, { clock, speed, redact, named, stop, onRequest, onReply })
  const toolOf = openReplayedTools(recording.calls, { clock, speed, redact, order, stop })
  return {
    model: recording.model,
    clock: { ...clock, random: () => (speed === 0 ? 0 : clock.random() / Math.max(speed, 1)) },
    openModel: () => Promise.resolve(model),
    toolOf: liveTools ? (tool) => tool : remembered(toolOf),
    signal: (outer) => AbortSignal.any([outer, stopping.signal]),
    keep: () => Promise.resolve(),
  }
}

function remembered(wrap: (tool: Tool) => Tool): (tool: Tool) => Tool {
  const known = new Map<Tool, Tool>()
  return (tool) => {
    const wrapped = known.get(tool) ?? wrap(tool)
    known.set(tool, wrapped)
    return wrapped
  }
}
