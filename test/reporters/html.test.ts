import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import { htmlReport } from '../../src/reporters/html.ts'
import { HOSTILE } from '../rig/hostile-text.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'
import { hostileTranscript, troubledTranscript } from '../rig/troubled-run.ts'

const weather = () => transcriptOf(eventsOf(WEATHER))

/** The names of the elements and attributes that a parser would find: no text can add to them. */
function shapeOf(page: string): string[] {
  return [...page.matchAll(/<[a-z][^>]*>/gi)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'))
}

function attributes(page: string, name: string): string[] {
  return [...page.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value)
}

/** The words of a page, as a reader has them. */
function textOf(page: string): string {
  return page.replaceAll(/<style>[\s\S]*?<\/style>|<script[\s\S]*?<\/script>|<[^>]*>/g, '')
}

describe('the report of a run', () => {
  it('tells question, end, answer and what it took', () => {
    const text = textOf(htmlReport(weather()))
    for (const words of ['weather in SF, NYC, Tokyo', 'completed', 'exit code 0', 'Sunny, cloudy, clear.']) {
      expect(text).toContain(words)
    }
    for (const words of ['claude-sonnet-5-5', '2026-11-22 07:00:00 UTC', '3.0 s', '2 turns, 3 calls', '$0.0045']) {
      expect(text).toContain(words)
    }
  })

  it('is the same page for the same run', () => {
    expect(htmlReport(troubledTranscript())).toBe(htmlReport(troubledTranscript()))
  })

  it('has a row of the picture and a line of the table for each call, which lead to one another', () => {
    const page = htmlReport(weather())
    const rows = [...page.matchAll(/<a class="row [^"]*" href="#([^"]+)"><title>([^<]*)/g)]
    expect(rows.map(([, anchor, words = '']) => [anchor, words.split('\n')[0]])).toEqual([
      ['turn-1', 'turn 1: message'],
      ['call-1', 'get_weather San Francisco'],
      ['call-2', 'get_weather New York'],
      ['call-3', 'get_weather Tokyo'],
      ['turn-2', 'turn 2: message'],
    ])
    for (const [, anchor] of rows) expect(page.split(` id="${anchor}"`)).toHaveLength(2)
  })

  it('says of a row how it ended and when it did what', () => {
    const [, words] = /<title>(get_weather Tokyo[^<]*)/.exec(htmlReport(weather())) ?? []
    expect(words).toBe(
      'get_weather Tokyo\nturn 1, ok, 2 attempts, on the critical path\n' +
        'from 0.64 s to 2.54 s, queued &lt;0.01 s, ran 1.40 s, backed off 0.50 s',
    )
  })

  it('shows of a call its input, its output, its attempts and what it waited for', () => {
    const text = textOf(htmlReport(troubledTranscript()))
    expect(text).toContain('https://example.com/prices?year=2026')
    expect(text).toContain('{&quot;about&quot;: tr')
    expect(text).toContain('at 0.42 s, took 0.48 s: http_503 the server is busy; then a pause of 0.40 s')
    expect(text).toContain('waited 0.38 s for a slot')
    expect(text).toContain('answered as pending at 4.00 s')
    expect(text).toContain('no answer within 3 s; it may still be running')
  })

  it('shows the error of a run, its hint, data and breakers', () => {
    const text = textOf(htmlReport(troubledTranscript()))
    expect(text).toContain('the critical tool &quot;slow_query&quot; timed out')
    expect(text).toContain('Hint: raise its timeout with --timeout')
    expect(text).toContain('&quot;cheapest&quot;: &quot;tea&quot;')
    expect(text).toContain('0.41 s: the breaker of get_weather opened after 5 in a row had failed')
    expect(text).toContain('There is no answer.')
  })

  it('shows images that can hold no script, and names all others', () => {
    const page = htmlReport(troubledTranscript())
    expect(attributes(page, 'src').map((address) => address.slice(0, 22))).toEqual(['data:image/png;base64,'])
    for (const words of ['image/svg+xml, 24 bytes, not shown', 'https://example.com/a.png', 'application/pdf']) {
      expect(textOf(page)).toContain(words)
    }
  })

  it('can be made of a run that never began, and of any part of one', () => {
    const error = { code: 'no-key', message: 'no API key: "KEY" is not set', hint: 'export it' }
    const text = textOf(htmlReport(emptyTranscript(error, 4)))
    for (const words of [
      'A run of agent',
      'no API key',
      'exit code 4',
      'No tool was called',
      'The model was not asked',
    ]) {
      expect(text).toContain(words)
    }
    const events = eventsOf(WEATHER)
    for (let length = 0; length <= events.length; length += 1) {
      expect(htmlReport(transcriptOf(events.slice(0, length)))).toContain('</html>')
    }
  })

  it('keeps a page small whose outputs are large, and says what is missing', () => {
    const output = `begin ${'x'.repeat(500_000)} end`
    const calls = Array.from({ length: 100 }, (_, index) => ({
      id: `toolu_${index}`,
      tool: 'read',
      input: {},
      ready: 10,
      attempts: [{ from: 10, to: 20 }],
      outcome: { output },
    }))
    const page = htmlReport(
      transcriptOf(eventsOf({ question: 'q', turns: [{ from: 0, to: 9, calls }], answer: output })),
    )
    expect(page.length).toBeLessThan(20 * 1024 * 1024)
    expect(page).toContain('488 KiB, shortened to 64 KiB')
    expect(page).toContain(' end</pre>')
  })

  it('shows a message of any shape that a document may bring', () => {
    const content = [{ type: 'tool_use', id: 'a' }, { type: 'tool_result' }, { type: 'image' }, 'text', null, 7]
    const messages = [{ role: 'user', content: 'one text' }, { role: 'assistant', content }, { role: 'user' }]
    // What a document holds that nobody has checked.
    const page = htmlReport({ ...weather(), messages: messages as unknown as Transcript['messages'] })
    expect(textOf(page)).toContain('one text')
    expect(page).toContain('</html>')
  })
})

describe('foreign text in the report', () => {
  const words = ['x', '', 'long '.repeat(1000), 'x\n'.repeat(50)]
  const harmless = new Set(
    words.flatMap((text) => shapeOf(htmlReport(hostileTranscript((place) => text || `${place}`)))),
  )
  /** Tags of kinds that no harmless page has, and every second script or style. */
  const strange = (page: string) => [
    ...shapeOf(page).filter((tag) => !harmless.has(tag)),
    ...(page.match(/<(script|style)\b/gi) ?? []).slice(2),
  ]

  it('adds no element and no attribute, wherever it stands', () => {
    for (const text of HOSTILE) expect(strange(htmlReport(hostileTranscript(() => text)))).toEqual([])
  })

  it('adds none either where each place has another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.string({ unit: 'binary' }), (shift, noise) => {
        const text = (place: number) => `x${HOSTILE[(place + shift) % HOSTILE.length]}${noise}`.slice(0, 150)
        expect(strange(htmlReport(hostileTranscript(text)))).toEqual([])
      }),
      { numRuns: 10 },
    )
  })

  it('is never an address that can be followed or loaded', () => {
    for (const text of HOSTILE) {
      const page = htmlReport(hostileTranscript(() => text))
      const followed = ['href', 'xlink:href', 'src', 'srcset', 'action', 'formaction', 'data', 'poster', 'style']
      const addresses = followed.flatMap((name) => attributes(page, name))
      expect(addresses.filter((address) => !/^#[\w-]*$/.test(address))).toEqual([])
    }
  })

  it('cannot reorder or hide what stands around it', () => {
    for (const text of HOSTILE) {
      expect(htmlReport(hostileTranscript(() => text))).not.toMatch(
        /[\0\x07\x1b\u200b\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u,
      )
    }
  })

  it('is there as it was written', () => {
    const page = htmlReport({ ...weather(), answer: '<b>1 & 2</b> "3" \'4\' `5`' })
    expect(page).toContain('&lt;b&gt;1 &amp; 2&lt;/b&gt; &quot;3&quot; &#39;4&#39; &#96;5&#96;')
  })
})

describe("the page's own policy", () => {
  it('lets nothing in but its style and its script, by hash', () => {
    const page = htmlReport(weather())
    const [policy = ''] = attributes(page, 'content')
    expect(policy.replaceAll(/sha256-[\w+/=]{44}/g, 'HASH').split('; ')).toEqual([
      'default-src &#39;none&#39;',
      'script-src &#39;HASH&#39;',
      'style-src &#39;HASH&#39;',
      'img-src data:',
      'base-uri &#39;none&#39;',
      'form-action &#39;none&#39;',
      'require-trusted-types-for &#39;script&#39;',
      'trusted-types &#39;none&#39;',
    ])
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'))
  })

  it('is needed for nothing: no handler, no style and no script stands among the elements', () => {
    const page = htmlReport(transcriptOf(eventsOf(crowd(50))))
    expect(shapeOf(page).filter((tag) => /\s(on\w+|style|nonce)=/.test(tag))).toEqual([])
    expect(page.match(/<script|<style/g)).toEqual(['<style', '<script'])
  })
})
