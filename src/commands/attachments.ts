/**
 * Files that go along with the question. What a file is, its first bytes say, not its name; what is
 * neither text nor an image nor a PDF is refused, because the API would refuse it less clearly.
 */

import { resolve } from 'node:path'
import { readBoundedFile } from '../bounded-file.ts'
import type { Attachment } from '../contract/config.ts'
import { AgentError, unreachable } from '../contract/error.ts'
import { mediaTypeOf } from '../contract/media-type.ts'
import { whyUnreadable } from '../contract/system-error.ts'
import { asText } from './question.ts'

const MIB = 1024 * 1024
/** A request may hold 32 MB; base64 makes four bytes of three. */
const MAX_BYTES = { text: 10 * MIB, image: 5 * MIB, pdf: 22 * MIB } as const
const MAX_TOTAL_BYTES = 22 * MIB

/** @throws AgentError (exit 2) that names the file */
export async function readAttachments(paths: readonly string[], directory: string): Promise<Attachment[]> {
  const attachments: Attachment[] = []
  let total = 0
  for (const path of paths) {
    const attachment = await readAttachment(path, directory)
    total += attachment.data.length
    if (total > MAX_TOTAL_BYTES) throw badFile(path, 'is one too many: all files together are larger than 22 MiB')
    attachments.push(attachment)
  }
  return attachments
}

async function readAttachment(path: string, directory: string): Promise<Attachment> {
  const data = await readBytes(path, directory)
  const type = typeOf(data)
  if (type === null) throw badFile(path, 'is neither text nor an image (png, jpeg, gif, webp) nor a PDF')
  if (data.length > MAX_BYTES[type.kind]) {
    throw badFile(path, `is larger than ${MAX_BYTES[type.kind] / MIB} MiB, the limit for ${type.kind} files`)
  }
  if (data.length === 0) throw badFile(path, 'is empty')
  return { path, data, ...type }
}

async function readBytes(path: string, directory: string): Promise<Buffer> {
  const file = await readBoundedFile(resolve(directory, path), MAX_BYTES.pdf).catch((error: unknown) => {
    throw badFile(path, whyUnreadable(error), error)
  })
  switch (file.type) {
    case 'bytes':
      return file.bytes
    case 'too_large':
      throw badFile(path, 'is larger than 22 MiB')
    case 'directory':
    case 'device':
      throw badFile(path, `is a ${file.type}`)
    default:
      return unreachable(file)
  }
}

/** @returns null for bytes that are none of the kinds that go along */
function typeOf(data: Buffer): Pick<Attachment, 'mediaType' | 'kind'> | null {
  const known = mediaTypeOf(data)
  if (known !== null) return known
  return asText(data) === null ? null : { mediaType: 'text/plain', kind: 'text' }
}

function badFile(path: string, why: string, cause?: unknown): AgentError {
  const hint = 'give the path of a text file, an image or a PDF: --file report.pdf'
  return new AgentError('bad-file', `--file: ${JSON.stringify(path)} ${why}`, { exit: 'usage', hint, cause })
}
