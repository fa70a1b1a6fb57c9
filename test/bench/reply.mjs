/**
 * Replies of the scripted server as timelines: `chunks` of events with the ms after the request at
 * which they are due. Each event is written by itself, as a server that generates them does it.
 */

/** A message that calls `sleep` once for each of `calls`: `{ ms, startAt, endAt }`, ms after the request. */
export function callsReply(turn, calls, endAt) {
  const timeline = new Timeline()
  timeline.add(calls[0].startAt, messageStart(`msg_${turn}`))
  for (const [index, { ms, startAt, endAt: blockEndAt }] of calls.entries()) {
    const block = { type: 'tool_use', id: `toolu_${turn}_${index}`, name: 'sleep', input: {} }
    timeline.add(startAt, event({ type: 'content_block_start', index, content_block: block }))
    const input = JSON.stringify({ ms })
    // as the real API does it: an empty piece first, then a few characters at a time
    const pieces = ['', input.slice(0, 2), input.slice(2, 5), input.slice(5, 7), input.slice(7)]
    for (const [at, piece] of pieces.entries()) {
      const delta = { type: 'input_json_delta', partial_json: piece }
      timeline.add(
        startAt + ((blockEndAt - startAt) * at) / pieces.length,
        event({ type: 'content_block_delta', index, delta }),
      )
    }
    timeline.add(blockEndAt, event({ type: 'content_block_stop', index }))
  }
  timeline.add(endAt, ...messageEnd('tool_use'))
  return timeline.reply(calls.map(({ ms, endAt: blockEndAt }) => blockEndAt + ms))
}

/** The last message: two words of text, ending at `endAt`. */
export function textReply(endAt) {
  const timeline = new Timeline()
  timeline.add(0, messageStart('msg_last'))
  timeline.add(0, event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }))
  for (const [at, text] of ['all ', 'done'].entries()) {
    timeline.add(
      (endAt * at) / 2,
      event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    )
  }
  timeline.add(endAt, event({ type: 'content_block_stop', index: 0 }), ...messageEnd('end_turn'))
  return timeline.reply([])
}

/** The least that a conversation of these replies can take, in ms. */
export function limitOf(replies) {
  return replies.reduce((sum, { endAt, callsEndAt }) => callsEndAt.reduce((a, b) => Math.max(a, b), endAt) + sum, 0)
}

class Timeline {
  chunks = []

  add(at, ...events) {
    const last = this.chunks.at(-1)
    if (last?.at === at) last.events.push(...events)
    else this.chunks.push({ at, events })
  }

  reply(callsEndAt) {
    return { chunks: this.chunks, endAt: this.chunks.at(-1).at, callsEndAt }
  }
}

function event(data) {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** @param id  another for each reply, as the real API does it: LangGraph replaces a message by one with the same id */
function messageStart(id) {
  const usage = { input_tokens: 10, output_tokens: 1 }
  const message = { id, type: 'message', role: 'assistant', model: 'claude-sonnet-5-5', content: [] }
  return event({ type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null, usage } })
}

function messageEnd(stopReason) {
  const delta = { stop_reason: stopReason, stop_sequence: null }
  return [event({ type: 'message_delta', delta, usage: { output_tokens: 10 } }), event({ type: 'message_stop' })]
}
