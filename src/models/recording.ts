/**
 * A model that is listened to: every request with its reply goes to `add`, parts with their times.
 * Nothing else about the model changes. Where that is kept is not its matter.
 */
import type { Exchange } from '../contract/cassette.ts'
import type { Clock } from '../contract/clock.ts'
import type { Model } from '../contract/model.ts'
import { requestBody } from './request-body.ts'

/** @param add  told when the reply is whole, of faults too */
export function recordModel(model: Model, clock: Clock, add: (exchange: Exchange) => void): Model {
  return {
    name: model.name,
    maxOutputTokens: model.maxOutputTokens,
    ask: async (request, onPart, signal) => {
      const askedAt = clock.now()
      const parts: Exchange['parts'] = []
      // Copied now: the conversation goes on growing in the list that the request holds.
      const body = structuredClone(requestBody(model.name, request))
      const reply = await model.ask(
        request,
        (part) => {
          parts.push({ after_ms: clock.now() - askedAt, part })
          onPart(part)
        },
        signal,
      )
      add({ at_ms: askedAt, request: body, parts, ended_after_ms: clock.now() - askedAt, reply })
      return reply
    },
    preview: (request) => model.preview(request),
    close: () => model.close(),
  }
}
