/**
 * Reads what a run is answered from: a cassette, or a transcript that `--json` has printed. Both are
 * foreign data and checked whole before anything is answered.
 */
import type { Recording } from '../contract/cassette.ts'
import { cassetteSchema, REQUEST_KEYS } from '../contract/cassette.ts'
import { AgentError } from '../contract/error.ts'
import { firstIssue } from '../contract/first-issue.ts'
import { isJsonObject } from '../contract/json.ts'
import { transcriptSchema } from '../contract/transcript.ts'
import { readJsonFile } from './cassette-file.ts'
import { recordingOfTranscript } from './transcript-recording.ts'

/** @throws AgentError: exit 2 where there is no such file, exit 3 where it is neither of the two */
export async function readRecording(path: string): Promise<Recording> {
  const found = await readJsonFile(path)
  const refuse = (why: string) =>
    new AgentError('bad-cassette', `--replay: ${JSON.stringify(path)} ${why}`, {
      exit: 'config',
      hint: 'name a file that --record or --json has written',
    })
  if (isJsonObject(found) && 'cassette' in found) {
    const { cassette } = found
    if (cassette !== 1) throw refuse(`is a cassette of version ${JSON.stringify(cassette)}, and 1 is known here`)
    const { data, error } = cassetteSchema.safeParse(found)
    if (data === undefined) throw refuse(`is a damaged cassette: ${firstIssue(error.issues)}`)
    const { model, max_output_tokens, exchanges, tool_calls } = data
    return {
      model,
      maxOutputTokens: max_output_tokens,
      exchanges: exchanges.map((exchange) => ({ ...exchange, compared: REQUEST_KEYS })),
      calls: tool_calls,
    }
  }
  const { data } = transcriptSchema.safeParse(found)
  if (data === undefined) throw refuse('is neither a cassette nor a transcript')
  if (data.model === null) throw refuse('is the transcript of a run that never began')
  return recordingOfTranscript({ ...data, model: data.model })
}
