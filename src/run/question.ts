/**
 * The first user message: files, then context, then the question, so that the question is the last
 * thing read.
 */
import type { Attachment } from '../contract/config.ts'
import type { ContentBlock, Message } from '../contract/message.ts'

export type Question = { text: string; context: string | null; attachments: readonly Attachment[] }

export function questionMessage({ text, context, attachments }: Question): Message {
  const content: ContentBlock[] = attachments.map(attachmentBlock)
  if (context !== null && context.trim() !== '') content.push({ type: 'text', text: context })
  content.push({ type: 'text', text })
  return { role: 'user', content }
}

function attachmentBlock({ path, kind, mediaType, data }: Attachment): ContentBlock {
  if (kind === 'text')
    return { type: 'text', text: `<file path=${JSON.stringify(path)}>\n${data.toString('utf8')}\n</file>` }
  const source = { type: 'base64', media_type: mediaType, data: data.toString('base64') }
  return kind === 'image' ? { type: 'image', source } : { type: 'document', source, title: path }
}
