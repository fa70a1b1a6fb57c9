/**
 * Fetches a page for the model to read. The model chooses the address, often on the word of another
 * page, so it is treated as a stranger's wish: public addresses only, text only, within limits.
 */
import * as z from 'zod'
import { defineTool } from '../src/define-tool.ts'
import { permanentError } from './errors/permanent-error.ts'

export default defineTool({
  name: 'fetch_url',
  description: 'Fetches a public web page (HTML as readable text) or a JSON or text file.',
  input: z.object({
    url: z.string().describe('http:// or https://'),
  }),
  effect: 'read',
  policy: { timeout_ms: 30_000 },
  keywords: ['fetch', 'url', 'page', 'website', 'site', 'web', 'link', 'download', 'http', 'https'],
  async execute({ url }, { offline, signal, settings }) {
    if (offline) throw permanentError('fetch_url needs the network; not available under --offline')
    const { request } = await import('./fetch-url/request.ts')
    const { readText } = await import('./fetch-url/read-text.ts')

    const { url: last, response } = await request(url, { signal, allowPrivateNetwork: settings.allowPrivateNetwork })
    const status = response.statusCode ?? 0
    if (status === 429 || status >= 500) {
      response.destroy()
      // An error, because another attempt may fare better; a 404 is an answer.
      throw new Error(`"${last.href}" answered ${status} ${response.statusMessage ?? ''}`.trim())
    }
    const { mediaType, text } = await readText(response)
    const answer = { url: last.href, status, content_type: mediaType }
    if (mediaType !== 'text/html' && mediaType !== 'application/xhtml+xml') return { ...answer, text }

    const { readable } = await import('./fetch-url/readable.ts')
    const page = readable(text)
    return { ...answer, ...(page.title === null ? {} : { title: page.title }), text: page.text }
  },
})
