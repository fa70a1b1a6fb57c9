/**
 * Public addresses only, through real sockets: redirects, limits, decompression; and what a page turns into.
 */
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MAX_BYTES } from '../../tools/fetch-url/read-text.ts'
import { readable } from '../../tools/fetch-url/readable.ts'
import fetchUrl from '../../tools/fetch-url.ts'
import { openLocalServer } from './local-server.ts'
import { rejection, toolContext } from './tool-context.ts'

const local = toolContext({ settings: { allowPrivateNetwork: true } })
const fetchLocal = (url: string) => fetchUrl.execute({ url }, local)

describe('fetch_url', () => {
  it('turns a page into text', async () => {
    await using server = await openLocalServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(
        '<title>Tea &amp; Co</title><style>p{}</style><h1>Tea</h1><p>Green <a href="/g">leaf</a><script>steal()</script>',
      )
    })
    expect(await fetchLocal(server.url)).toEqual({
      url: `${server.url}/`,
      status: 200,
      content_type: 'text/html',
      title: 'Tea & Co',
      text: expect.stringContaining('Tea\n\nGreen leaf [/g]'),
    })
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(server.requests[0]?.headers).not.toHaveProperty('cookie')
  })

  it.each(['application/json', 'text/plain', 'application/ld+json', 'text/csv'])('gives %s as it is', async (type) => {
    await using server = await openLocalServer((_, response) => {
      response.setHeader('content-type', type)
      response.end('{"a": "<b>"}')
    })
    expect(await fetchLocal(server.url)).toMatchObject({ content_type: type, text: '{"a": "<b>"}' })
  })

  it.each([
    ['header', 'text/plain; charset=iso-8859-1', Buffer.from('caf\xe9', 'latin1'), 'café'],
    ['page', 'text/html', Buffer.from('<meta charset="iso-8859-1">caf\xe9', 'latin1'), 'café'],
    ['byte order mark', 'text/plain', Buffer.from('\ufeffcafé', 'utf16le'), 'café'],
    ['nothing', 'text/plain; charset=klingon', Buffer.from('café'), 'café'],
  ])('reads the encoding from the %s', async (_, type, body, text) => {
    await using server = await openLocalServer((_request, response) => {
      response.setHeader('content-type', type)
      response.end(body)
    })
    expect(await fetchLocal(server.url)).toMatchObject({ text })
  })

  it('gives a 404 as an answer, and a 503 as an error that may pass', async () => {
    await using server = await openLocalServer((request, response) => {
      response.writeHead(request.url === '/busy' ? 503 : 404).end('not here')
    })
    expect(await fetchLocal(`${server.url}/gone`)).toMatchObject({ status: 404, text: 'not here' })
    const error = await rejection(fetchLocal(`${server.url}/busy`))
    expect(error.message).toBe(`"${server.url}/busy" answered 503 Service Unavailable`)
    expect(error.retryable).toBeUndefined()
  })

  it('needs the network', async () => {
    const call = fetchUrl.execute({ url: 'https://example.com' }, toolContext({ offline: true }))
    await expect(call).rejects.toThrow('needs the network; not available under --offline')
  })

  it('ends when its signal is aborted, in the middle of a body too', async () => {
    const controller = new AbortController()
    await using server = await openLocalServer((_, response) => {
      response.write('first', () => controller.abort())
    })
    await rejection(fetchUrl.execute({ url: server.url }, { ...local, signal: controller.signal }))
  })
})

describe('S8 fetch_url connects to public addresses only', () => {
  it.each(['127.0.0.1', 'localhost', '127.1', '2130706433', '[::ffff:127.0.0.1]'])('not to %s', async (host) => {
    await using server = await openLocalServer((_, response) => response.end('secret'))
    const error = await rejection(fetchUrl.execute({ url: `http://${host}:${server.port}/` }, toolContext()))
    expect(error).toMatchObject({ message: expect.stringContaining('not a public address'), retryable: false })
    expect(server.requests).toEqual([])
  })

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://user:word@127.0.0.1/'])(
    'nor, redirected, to %s',
    async (location) => {
      await using server = await openLocalServer((_, response) => response.writeHead(302, { location }).end())
      await expect(fetchLocal(server.url)).rejects.toThrow(/refused/)
      expect(server.requests).toHaveLength(1)
    },
  )

  it('follows 5 redirects and no more', async () => {
    await using server = await openLocalServer((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(307, { location: `/${left - 1}` }).end()
    })
    expect(await fetchLocal(`${server.url}/5`)).toMatchObject({ url: `${server.url}/0`, text: 'there' })
    await expect(fetchLocal(`${server.url}/6`)).rejects.toThrow('redirects more than 5 times')
    expect(server.requests).toHaveLength(12)
  })
})

describe('S8 fetch_url reads text of 10 MB and no more', () => {
  const text = 'a'.repeat(MAX_BYTES)
  const bomb = Buffer.alloc(200 * 1024 * 1024)

  it.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('takes 10 MB through %s', async (encoding, body) => {
    await using server = await openLocalServer((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'text/plain' }).end(body)
    })
    expect(await fetchLocal(server.url)).toMatchObject({ text })
  })

  it.each([
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb)],
  ])('refuses a bomb of %s', async (encoding, body) => {
    await using server = await openLocalServer((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'text/plain' }).end(body)
    })
    await expect(fetchLocal(server.url)).rejects.toThrow('larger than 10 MB')
  })

  it.each([
    ['plain text that never ends', {}, Buffer.alloc(64 * 1024, 'a')],
    ['gzip members of nothing without end', { 'content-encoding': 'gzip' }, gzipSync('')],
  ])('refuses %s', async (_, headers, piece) => {
    await using server = await openLocalServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', ...headers })
      const pieces = Buffer.concat(Array.from({ length: Math.ceil((64 * 1024) / piece.length) }, () => piece))
      const more = () => {
        while (!response.destroyed && response.write(pieces));
      }
      response.on('drain', more)
      more()
    })
    await expect(fetchLocal(server.url)).rejects.toThrow('larger than 10 MB')
  })

  it.each([
    ['a picture', { 'content-type': 'image/png' }, 'PNG', 'no text but "image/png"'],
    ['binary that says it is text', { 'content-type': 'text/plain' }, 'a\0b', 'is binary'],
    ['an encoding that was not asked for', { 'content-encoding': 'zstd' }, 'x', 'encoded as "zstd"'],
    ['a chain of encodings', { 'content-encoding': 'gzip, gzip' }, 'x', 'encoded as "gzip, gzip"'],
    ['gzip that is none', { 'content-encoding': 'gzip' }, 'hello', 'incorrect header'],
    ['gzip that was cut', { 'content-encoding': 'gzip' }, gzipSync('hello hello').subarray(0, 15), 'unexpected end'],
  ])('refuses %s', async (_, headers, body, reason) => {
    await using server = await openLocalServer((_request, response) => {
      response.writeHead(200, headers).end(body)
    })
    await expect(fetchLocal(server.url)).rejects.toThrow(reason)
  })

  it('refuses a body that was cut short', async () => {
    await using server = await openLocalServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 100 })
      response.write('only this', () => response.destroy())
    })
    await expect(fetchLocal(server.url)).rejects.toThrow('aborted')
  })
})

describe('readable', () => {
  it.each(['<div>', '<b>', '<table><tr><td>', '<ul><li>', '<a href=x>'])('ends for a million nested %s', (tag) => {
    expect(readable(tag.repeat(1_000_000)).text).toContain('characters of HTML left out')
  })

  it('leaves out nothing of an ordinary page', () => {
    const { title, text } = readable('<body><p>one<p>two<ul><li>three</ul></body>')
    expect({ title, text }).toEqual({ title: null, text: 'one\n\ntwo\n\n * three' })
  })
})
