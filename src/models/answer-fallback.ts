/**
 * Asks for the form of an answer in words where a server refuses it as a field: at once, in the same
 * attempt, and for as long as the model is open. Other refusals pass through.
 */
import type { Clock } from '../contract/clock.ts'
import type { Model, ModelFault } from '../contract/model.ts'
import type { Notify } from '../contract/reporter.ts'
import type { ServerFacts } from './fault.ts'

export function withAnswerFallback(
  ask: Model['ask'],
  { facts, clock, notify }: { facts: ServerFacts; clock: Clock; notify: Notify },
): Model['ask'] {
  let refused = false

  return async (request, onPart, signal) => {
    const { answer, timeLimitMs } = request
    if (answer === null || answer.format === null) return ask(request, onPart, signal)
    const worded = { ...request, answer: { ...answer, format: null } }
    if (refused) return ask(worded, onPart, signal)
    const startedAt = clock.now()
    const reply = await ask(request, onPart, signal)
    if (reply.type === 'message' || !mayRefuseForm(reply.fault, facts)) return reply
    refused = true
    notify('info', `${facts.title} does not take the schema as a field, and is asked in words: ${reply.fault.message}`)
    const left = timeLimitMs === null ? null : Math.max(1, timeLimitMs - (clock.now() - startedAt))
    return ask({ ...worded, timeLimitMs: left }, onPart, signal)
  }
}

const FORM = /output_?config|output_?format|response_?format|json_?schema|structured.?output|\bschemas?\b|grammar/i

/**
 * The API says what it refuses. What other servers say of a field that they do not know is of any kind,
 * and one request more costs less than a wrong guess.
 */
function mayRefuseForm({ status, message }: ModelFault, { anthropic }: ServerFacts): boolean {
  return (status === 400 || status === 422) && (!anthropic || FORM.test(message))
}
