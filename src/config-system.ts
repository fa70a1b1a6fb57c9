/**
 * The instructions for the model: the user's, or ours. Ours hold nothing that changes between runs
 * (no date, no folder): that would spoil the server's cache and every replay.
 */
import { readBoundedFile } from './bounded-file.ts'
import type { ExitName } from './contract/error.ts'
import { AgentError } from './contract/error.ts'
import { whyUnreadable } from './contract/system-error.ts'

const MAX_SYSTEM_BYTES = 1024 * 1024

export const DEFAULT_SYSTEM_PROMPT = `You answer one question, asked on a command line. Nobody can be asked back: where something is unclear, take the most likely meaning and say which one you took.

Use the tools when they know better than you do. Calls that do not depend on each other belong into one message: they run at the same time. When a tool fails, say so, or try another way; never invent its result.

Answer with the result first, in plain text that reads well in a terminal, and as short as the question allows.`

/**
 * @param text   the instructions themselves, or `@FILE`
 * @param from   what named them, for the message
 * @param place  the absolute path of what stands behind the `@`
 * @throws       AgentError where the file cannot be taken
 */
export async function readSystemPrompt(
  text: string,
  from: string,
  exit: ExitName,
  place: (path: string) => string,
): Promise<string> {
  if (!text.startsWith('@')) return text
  const refuse = (why: string, cause?: unknown) =>
    new AgentError('bad-system', `${from}: ${JSON.stringify(text)} ${why}`, {
      exit,
      hint: '@ names a file of instructions, in UTF-8',
      cause,
    })
  const file = await readBoundedFile(place(text.slice(1)), MAX_SYSTEM_BYTES).catch((error: unknown) => {
    throw refuse(whyUnreadable(error), error)
  })
  if (file.type !== 'bytes') throw refuse(file.type === 'too_large' ? 'is larger than 1 MiB' : `is a ${file.type}`)
  const { bytes } = file
  if (bytes.includes(0)) throw refuse('is not text')
  const read = bytes.toString('utf8').trim()
  if (read === '') throw refuse('is empty')
  return read
}
