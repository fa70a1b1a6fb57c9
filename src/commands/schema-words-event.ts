/** What the schema of an event says of each key. */
import type { Words } from './schema-words.ts'

const IN_TURN = { turn: 'Which message of the model, from 1.' }
const OF_CALL = { ...IN_TURN, call_id: 'Which call.' }
/** Of each event its keys, but for those that all have. */
const EVENT_KEYS: Readonly<Record<string, Words>> = {
  'run_start: The run began.': {
    run_id: 'A ULID.',
    started_at: 'ISO 8601, UTC; at_ms 0.',
    version: 'Of the program.',
    question: 'As it was asked.',
    model: 'The one that is asked.',
    messages: 'What the conversation begins with.',
  },
  'run_resume: The run goes on from its journal; calls that its end has given up go on too, and end once more.': {
    resumed_at: 'ISO 8601, UTC.',
    paused_ms: 'By the wall clock, since the last event.',
    version: 'Of the program that goes on.',
  },
  'turn_start: A message of the model was asked for.': IN_TURN,
  'text_delta: Text of the message came. Shown, and in no journal.': { ...IN_TURN, text: 'What is added.' },
  'call_ready: The message has a whole call.': {
    ...OF_CALL,
    tool: 'Its name as the model wrote it.',
    source: 'builtin, module, command or mcp:<server>; null: there is no such tool.',
    effect: 'What the tool does to the world; null: there is no such tool.',
    priority: 'What its failure means for the run.',
    input: 'What it is called with; empty where that was no JSON object.',
    raw_input: "The model's own spelling, where it was no JSON object; else null.",
    takes_over: 'A call of a message that broke off, whose execution goes on under this id; null: none.',
  },
  'message_end: The message is whole.': {
    ...IN_TURN,
    message: 'As it came.',
    first_token_ms: 'When its text or its first call began to come.',
  },
  'turn_retry: The message broke off and is asked for again; what was shown of it is void.': {
    ...IN_TURN,
    attempt: 'The one that broke off, from 1.',
    reason: 'Why.',
    delay_ms: 'The pause before the next one.',
    usage: 'What it had cost; null: not known.',
  },
  'call_admitted: The source of a call that does more than read is about to have it.': {
    ...OF_CALL,
    attempt: 'From 1.',
  },
  'call_start: An attempt began.': { ...OF_CALL, attempt: 'From 1.', queued_by: 'What it had waited for.' },
  'attempt_end: An attempt ended.': {
    ...OF_CALL,
    attempt: 'From 1.',
    error: 'Null: it gave a result.',
    backoff_ms: 'The pause before the next one; null: there is none.',
  },
  'call_pending: The call was answered as still running; its outcome comes later.': OF_CALL,
  'call_end: The call has its outcome.': { ...OF_CALL, outcome: 'How it ended.' },
  'results: The model is about to be told of its calls.': {
    ...IN_TURN,
    call_ids: "Calls of the message, in the model's order.",
    pending_ids: 'Those of them that are still running.',
    late_ids: 'Calls that were answered as still running, and have ended since.',
    note: 'Text of the program behind the results; null: none.',
  },
  'policy_change: The breaker of a tool changed.': {
    tool: 'Whose it is.',
    policy: 'Only breakers have states.',
    state: 'What it is from now on.',
    failures: 'In a row, up to now.',
  },
  'limit: The run met a limit.': { limit: 'Which one.', message: 'For people.' },
  'run_end: The run ended.': {
    status: 'How.',
    exit_code: 'What the command ends with.',
    answer: 'The text of the answer; null: there is none.',
    structured: 'The answer as data, where a schema was asked for; null: none was.',
    error: 'Why the run did not complete.',
    usage: 'Of a last attempt that never became a message; null: there was none.',
  },
}

export const EVENT_WORDS: Words = {
  ...Object.fromEntries(
    Object.entries(EVENT_KEYS).flatMap(([line, keys]) => {
      const [event, text] = line.split(': ', 2)
      const all = { type: 'What happened.', seq: 'From 0; every event counts.', at_ms: 'Since the start of the run.' }
      const told = Object.entries({ ...all, ...keys }).map(([key, word]) => [`#${event}.${key}`, word])
      return [[`#${event}`, text], ...told]
    }),
  ),
  '#assistant_message': 'A whole message of the model.',
  '#assistant_message.id': "The API's.",
  '#assistant_message.model': 'Who wrote it.',
  '#assistant_message.content': 'Its blocks, in order.',
  '#assistant_message.stop_reason': "The API's word; null: there was none.",
  '#assistant_message.usage': 'Tokens of the request.',
  '#assistant_message.raw_inputs': 'Inputs of calls that were no JSON object, by the ids of the calls.',
  '#assistant_message.unreadable': 'Why the calls of the message cannot be read; only with --protocol text.',
  '#outcome': 'How a call ended.',
  '#ok_outcome': 'The tool gave a result.',
  '#ok_outcome.status': 'ok.',
  '#ok_outcome.output': 'What the tool gave.',
  '#ok_outcome.output_bytes': 'Of the output as UTF-8 before anything was left out.',
  '#ok_outcome.truncated': 'Whether the output is head and tail of something larger.',
  '#ok_outcome.content': 'Blocks for the model where text does not do; left out where it does.',
  '#failed_outcome': 'The call came to nothing.',
  '#failed_outcome.status': 'How.',
  '#failed_outcome.error': 'Why.',
  '#failed_outcome.retryable': 'false: it cannot get better, however often it is tried. Left out: nobody knows.',
}
