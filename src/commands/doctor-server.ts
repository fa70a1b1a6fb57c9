/**
 * `agent doctor`: the key, the server and the model, by one question to the server that costs nothing.
 * Other servers than Anthropic's may answer it as they like: that they answer is all that counts.
 */
import type { Environment } from '../config-environment.ts'
import { chooseCredentials } from '../config-model.ts'
import type { Clock } from '../contract/clock.ts'
import type { Credentials, ModelConfig } from '../contract/config.ts'
import { type AgentError, EXIT, isAgentError } from '../contract/error.ts'
import { OFFLINE_MODEL } from '../contract/model.ts'
import type { Reached } from '../models/reach.ts'
import type { Check, Finding } from './doctor-check.ts'
import { failed, ok, skipped, warning } from './doctor-check.ts'

const TIMEOUT_MS = 5000
const VARIABLES = { api_key: 'ANTHROPIC_API_KEY', auth_token: 'ANTHROPIC_AUTH_TOKEN' } as const

/** The server is asked at once; what it says is the answer to all of them. */
export function serverChecks(model: ModelConfig, environment: Environment, clock: Clock): Check[] {
  if (model.name === OFFLINE_MODEL) {
    const none = (message: string) => () => skipped(message)
    return [
      { name: 'key', look: none('none needed: offline') },
      { name: 'server', look: none('none asked: offline') },
      { name: 'model', look: none('offline: a planner, no language model') },
    ]
  }
  const key = chosenKey(model, environment)
  const credentials = key !== null && 'kind' in key ? key : null
  const reaching = import('../models/anthropic.ts').then(({ reachServer }) =>
    reachServer({ ...model, credentials }, clock, TIMEOUT_MS),
  )
  reaching.catch(() => undefined) // told by the checks
  return [
    { name: 'key', look: async () => (isAgentError(key) ? noKey(key) : keyFinding(key, await reaching)) },
    { name: 'server', look: async () => serverFinding(await reaching) },
    { name: 'model', look: async () => modelFinding(model.name, await reaching) },
  ]
}

function chosenKey({ baseUrl }: ModelConfig, environment: Environment): Credentials | AgentError | null {
  try {
    return chooseCredentials(environment, baseUrl)
  } catch (error) {
    if (isAgentError(error)) return error
    throw error
  }
}

function noKey({ message, hint, exitCode }: AgentError): Finding {
  return failed(message, hint, exitCode)
}

/** @param key  null: the server is another one, and gets none */
export function keyFinding(key: Credentials | null, { anthropic, status, fault, url }: Reached): Finding {
  const set = key === null ? `none set; ${url} may need none` : `${VARIABLES[key.kind]} is set`
  if (fault?.kind === 'account' && status !== null) {
    return anthropic ? failed(fault.message, fault.hint, EXIT.account) : warning(fault.message, fault.hint)
  }
  return ok(anthropic && (status === 200 || status === 404) ? `${set}, and taken` : set)
}

export function serverFinding({ url, anthropic, status, fault }: Reached): Finding {
  if (status === null) return failed(fault?.message ?? `${url} does not answer`, fault?.hint ?? null, EXIT.unavailable)
  const redirects = status >= 300 && status < 400
  if (fault !== null && (redirects || (anthropic && fault.kind === 'unavailable')))
    return warning(fault.message, fault.hint)
  return ok(`${url} answers${status === 200 ? '' : ` (${status})`}`)
}

export function modelFinding(name: string, { anthropic, status, fault }: Reached): Finding {
  if (status === null || fault?.kind === 'account') return skipped(`${name}, which could not be asked for`)
  if (fault === null) return ok(name)
  if (anthropic && status === 404) return failed(fault.message, fault.hint, EXIT.rejected)
  return skipped(`${name}; the server does not say whether it has it`)
}
