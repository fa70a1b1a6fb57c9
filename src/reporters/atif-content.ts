/**
 * Content blocks as ATIF has them: a text where all is text, else parts of text and images. The format
 * has images by their place only, so one that stands in the conversation becomes a `data:` URL; what it
 * has no part for (PDFs and the like) becomes a line that says so.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { ContentBlock } from '../contract/message.ts'
import { isTextBlock } from '../contract/message.ts'

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']
/** Of an image that the conversation has by its URL, the type is the API's to find out, and ours to guess. */
const TYPE_OF_ENDING: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
}

export type AtifContent = string | JsonObject[]

export function contentOf(content: string | readonly ContentBlock[]): AtifContent {
  if (typeof content === 'string') return content
  const parts = content.map(partOf)
  const texts = parts.map(({ text }) => text)
  return texts.every((text) => typeof text === 'string') ? texts.join('\n\n') : parts
}

function partOf(block: ContentBlock): JsonObject {
  if (isTextBlock(block)) return textPart(block.text)
  const source = 'source' in block && isJsonObject(block.source) ? block.source : {}
  if (block.type === 'image') return imagePart(source) ?? textPart('[image: its type or place is not known]')
  // Texts that the API has other blocks for, such as a plain document.
  const text = typeof source['data'] === 'string' && source['type'] === 'text' ? source['data'] : null
  return textPart(text ?? `[${block.type}${mediaTypeOf(source)}: left out, ATIF has no such part]`)
}

function textPart(text: string): JsonObject {
  return { type: 'text', text }
}

function imagePart({ type, media_type, data, url }: JsonObject): JsonObject | null {
  if (type === 'base64' && typeof data === 'string' && isImageType(media_type)) {
    return { type: 'image', source: { media_type, path: `data:${media_type};base64,${data}` } }
  }
  if (type !== 'url' || typeof url !== 'string') return null
  const ending = /\.(\w+)(?:[?#].*)?$/.exec(url)?.[1]?.toLowerCase() ?? ''
  const guessed = TYPE_OF_ENDING[ending]
  return guessed === undefined ? null : { type: 'image', source: { media_type: guessed, path: url } }
}

function isImageType(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && IMAGE_TYPES.includes(value)
}

function mediaTypeOf({ media_type }: JsonObject): string {
  return typeof media_type === 'string' ? ` ${media_type}` : ''
}
