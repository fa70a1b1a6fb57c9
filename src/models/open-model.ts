/**
 * The table of models: which file writes the messages. Each is loaded only when it is chosen, so
 * that an offline run never pays for the client, nor the other way round. The planner needs no
 * protocol: it writes no text that would have to be read.
 */
import type { Clock } from '../contract/clock.ts'
import type { ModelConfig } from '../contract/config.ts'
import type { Model, ModelTracing } from '../contract/model.ts'
import { OFFLINE_MODEL } from '../contract/model.ts'
import type { Notify } from '../contract/reporter.ts'

export type ModelDeps = {
  clock: Clock
  notify: Notify
  /** null: requests make no spans. */
  tracing: ModelTracing | null
}

export async function openModel(config: ModelConfig, deps: ModelDeps): Promise<Model> {
  if (config.name === OFFLINE_MODEL) return (await import('./offline.ts')).openOffline()
  const model = (await import('./anthropic.ts')).openAnthropic(config, deps)
  return config.protocol === 'text' ? (await import('./text-protocol.ts')).openTextProtocol(model) : model
}
