/**
 * What a server's result means for its call. Results are foreign: nothing of their shape is taken for
 * granted, and what is kept of them has a limit.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject, isTooDeep } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import { permanentFailure } from '../contract/outcome.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'
import { wellFormed } from '../contract/well-formed.ts'
import { MAX_OUTPUT_BYTES } from '../host/protocol.ts'
import { forModel, inWords, textOnly, withoutData } from './mcp-content.ts'

/** Of an error's text; the rest of it would be cut on its way to the model all the same. */
const MAX_ERROR_BYTES = 64 * 1024

/** @param result  as it came: the `result` of an answer to `tools/call` */
export function resultOutcome(result: JsonObject): Outcome {
  if (isTooDeep(result)) return permanentFailure('bad_result', 'the result is nested too deep')
  const { content = [], structuredContent, isError } = wellFormed(result)
  if (!Array.isArray(content)) return permanentFailure('bad_result', 'the "content" of the result is no list')
  const blocks = content.filter(isJsonObject)
  if (isError === true) return permanentFailure('tool_error', errorText(blocks, structuredContent))
  const text = textOnly(blocks)
  const { output, output_bytes, truncated } = outputOf(structuredContent, text, blocks)
  if (text !== null) return { status: 'ok', output, output_bytes, truncated }
  return { status: 'ok', output, output_bytes, truncated, content: forModel(blocks, MAX_OUTPUT_BYTES) }
}

function errorText(blocks: readonly JsonObject[], structured: JsonValue | undefined): string {
  const text = inWords(blocks).trim()
  if (text !== '') return keepHeadAndTail(text, MAX_ERROR_BYTES)
  if (structured === undefined) return 'the tool reported an error and did not say which'
  return keepHeadAndTail(JSON.stringify(structured), MAX_ERROR_BYTES)
}

type Output = { output: JsonValue; output_bytes: number; truncated: boolean }

/** What comes out of a pipe: data where there is data, else text, else the blocks. */
function outputOf(structured: JsonValue | undefined, text: string | null, blocks: readonly JsonObject[]): Output {
  if (structured !== undefined && structured !== null) return kept(structured)
  if (text !== null) return kept(text)
  const whole = kept([...blocks])
  if (!whole.truncated) return whole
  // Without its images a result is most often small.
  return { ...kept(withoutData(blocks)), output_bytes: whole.output_bytes, truncated: true }
}

function kept(value: JsonValue): Output {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const output_bytes = Buffer.byteLength(text)
  if (output_bytes <= MAX_OUTPUT_BYTES) return { output: value, output_bytes, truncated: false }
  return { output: keepHeadAndTail(text, MAX_OUTPUT_BYTES), output_bytes, truncated: true }
}
