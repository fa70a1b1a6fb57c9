/**
 * What the printed schemas say of each key. A path leads from the document down (`totals.tool_ms`,
 * `policy_changes[].tool`), or from a definition (`#turn.text`). A test asks for a word on every key of what
 * is written, and for a key for every word.
 */

/** Texts by paths. */
export type Words = Readonly<Record<string, string>>

/** Of definitions that several documents have. */
export const SHARED_WORDS: Words = {
  '#json': 'Any JSON.',
  '#message': "A message in the Messages API's own words.",
  '#message.role': 'Who says it.',
  '#message.content': 'Its blocks, in order.',
  '#content_block': "A block in the Messages API's own words; those that are not known are passed on as they came.",
  '#content_block.type': 'text, tool_use, tool_result, thinking, image, or any other.',
  '#usage': 'Tokens as the API counts them.',
  '#usage.input_tokens': 'Sent, and neither read from the cache nor written to it.',
  '#usage.output_tokens': 'Written by the model.',
  '#usage.cache_read_input_tokens': 'Sent, and read from the cache.',
  '#usage.cache_creation_input_tokens': 'Sent, and written to the cache.',
  '#call_error': 'Why a call failed.',
  '#call_error.code': 'For scripts: it stays the same.',
  '#call_error.message': 'For the model and for people.',
  '#run_error': 'Why a run failed.',
  '#run_error.code': 'For scripts: it stays the same.',
  '#run_error.message': 'For people.',
  '#run_error.hint': 'What to do about it.',
  '#queued_by': 'Milliseconds by what was waited for.',
  '#queued_by.message_ms': 'For the message to end, as all but reads do.',
  '#queued_by.permission_ms': 'For a person to allow it.',
  '#queued_by.slots_ms': 'For others to end: so many run at once.',
  '#queued_by.breaker_ms': 'For the probe of a breaker that is half open.',
  '#queued_by.rate_limit_ms': 'For the rate limit of the tool.',
  '#queued_by.exclusive_ms': 'For calls that it must not overlap with.',
  '#queued_by.host_ms': 'For the place where it runs.',
}
