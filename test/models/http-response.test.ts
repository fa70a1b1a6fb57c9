import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HttpHeaders, HttpResponse } from '../../src/models/http-response.ts'

it('headers behave as the platform’s do in what the client asks of them', () => {
  const name = fc.constantFrom('Accept', 'accept', 'X-Stainless-Lang', 'content-type')
  const step = fc.record({
    verb: fc.constantFrom('set', 'append', 'delete'),
    name,
    value: fc.constantFrom('a', 'b', 'c d'),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const ours = new HttpHeaders()
      const theirs = new Headers()
      for (const { verb, name, value } of steps) {
        if (verb === 'delete') {
          ours.delete(name)
          theirs.delete(name)
        } else if (verb === 'set') {
          ours.set(name, value)
          theirs.set(name, value)
        } else {
          ours.append(name, value)
          theirs.append(name, value)
        }
        expect(ours.get(name)).toBe(theirs.get(name))
        expect(ours.has(name)).toBe(theirs.has(name))
      }
      expect([...ours].sort()).toEqual([...theirs])
    }),
  )
})

it('headers that are made of others are a copy', () => {
  const first = new HttpHeaders({ Accept: 'a', 'set-cookie': ['b', 'c'] })
  const second = new HttpHeaders(first)
  first.delete('accept')
  expect([...second]).toEqual([
    ['accept', 'a'],
    ['set-cookie', 'b, c'],
  ])
})

it('text keeps the first 64 Ki characters of a body without end', async () => {
  let sent = 0
  const incoming = new Readable({
    read() {
      sent += 1
      this.push(Buffer.alloc(1024, 'x'))
    },
  })
  const response = new HttpResponse({ status: 500, headers: {}, url: '', incoming })
  expect(await response.text()).toHaveLength(64 * 1024)
  expect(sent).toBeLessThan(1024)
})

it('text of a body that breaks off is what came before', async () => {
  const incoming = new Readable({ read: () => {} })
  const text = new HttpResponse({ status: 500, headers: {}, url: '', incoming }).text()
  incoming.push('half')
  incoming.on('data', () => incoming.destroy(new Error('reset')))
  expect(await text).toBe('half')
})
