/**
 * The part of `Response` and `Headers` that the client reads, without web streams behind it: the
 * body is the socket's own readable, because a web stream costs a microtask a chunk, and the
 * platform's classes load the whole of undici (15 ms and 7 MiB of a start on Node 20).
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Of a body that is read as text; only errors are. */
const MAX_TEXT_LENGTH = 64 * 1024

export class HttpHeaders {
  readonly #values = new Map<string, string>()

  /** @param from  headers of Node, others of these, which are copied, or the platform's spelling of a new, empty list */
  constructor(from: IncomingHttpHeaders | HttpHeaders = {}) {
    for (const [name, value] of from instanceof HttpHeaders ? from : Object.entries(from)) {
      if (value !== undefined) this.#values.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value)
    }
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase())
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), String(value))
  }

  append(name: string, value: string): void {
    const former = this.get(name)
    this.set(name, former === null ? String(value) : `${former}, ${value}`)
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase())
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries()
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }
}

export class HttpResponse {
  readonly status: number
  readonly ok: boolean
  readonly headers: HttpHeaders
  readonly url: string
  /** null: whoever looks for a web stream finds none, and takes `incoming`. */
  readonly body = null
  readonly incoming: Readable

  constructor(answer: { status: number; headers: IncomingHttpHeaders; url: string; incoming: Readable }) {
    this.status = answer.status
    this.ok = answer.status >= 200 && answer.status < 300
    this.headers = new HttpHeaders(answer.headers)
    this.url = answer.url
    this.incoming = answer.incoming
  }

  /** The first 64 Ki characters of the body; what could be read of one that breaks off. */
  text(): Promise<string> {
    const { incoming } = this
    return new Promise((resolve) => {
      let text = ''
      const finish = () => resolve(text.slice(0, MAX_TEXT_LENGTH))
      const decoder = new StringDecoder('utf8')
      incoming.on('data', (bytes: Buffer) => {
        text += decoder.write(bytes)
        if (text.length >= MAX_TEXT_LENGTH) incoming.destroy()
      })
      incoming.on('error', finish)
      incoming.on('close', finish)
      incoming.on('end', finish)
    })
  }
}

/** By shape: the client hands back what our `fetch` gave it. */
export function isHttpResponse(value: unknown): value is HttpResponse {
  return value instanceof HttpResponse
}
