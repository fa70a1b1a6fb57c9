/**
 * Asks the server whether it is there, what it thinks of the key, and whether it has the model: one GET,
 * which no server takes money for. It asks the model nothing, and tries nothing twice.
 */
import type { Clock } from '../contract/clock.ts'
import type { ModelConfig } from '../contract/config.ts'
import type { ModelFault } from '../contract/model.ts'
import { networkFault } from './fault.ts'
import { baseUrlOf, openTransport, serverFacts, withoutKey } from './server-address.ts'
import { readRefusal, statusFault } from './status-fault.ts'

const API_VERSION = '2026-10-21'

export type Reached = {
  /** Of the server, as the user knows it. */
  url: string
  /** Whether it is Anthropic's own, whose answers are known; any answer of another one will do. */
  anthropic: boolean
  /** Of the answer; null: there was none. */
  status: number | null
  /** null: it has the model, and takes the key. */
  fault: ModelFault | null
}

/** Rejects only where it is a mistake of ours. */
export async function reachServer(config: ModelConfig, clock: Clock, timeoutMs: number): Promise<Reached> {
  const baseUrl = baseUrlOf(config)
  const facts = serverFacts(config, baseUrl)
  const place = { url: baseUrl, anthropic: facts.anthropic }
  const transport = openTransport(config, baseUrl)
  const controller = new AbortController()
  const cancel = clock.timer(timeoutMs, () => controller.abort())
  const headers = {
    accept: 'application/json',
    'anthropic-version': API_VERSION,
    'user-agent': 'agent-ask',
    ...(config.credentials !== null && { authorization: `Bearer ${config.credentials.value}` }),
  }
  try {
    const url = `${baseUrl}/v1/models/${encodeURIComponent(config.name)}`
    const { signal } = controller
    const response = await transport.fetch(url, { method: 'GET', headers, body: '', signal })
    const { status, ok } = response
    if (ok) {
      response.incoming.destroy()
      return { ...place, status, fault: null }
    }
    const told = statusFault(facts, await readRefusal(response), clock.wall())
    return { ...place, status, fault: withoutKey(told, config) }
  } catch (thrown) {
    const { aborted, reason } = controller.signal
    const told = networkFault(facts, aborted ? reason : thrown)
    if (told === null) throw thrown
    return { ...place, status: null, fault: withoutKey(told, config) }
  } finally {
    cancel()
    transport.close()
  }
}
