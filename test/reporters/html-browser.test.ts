import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import { htmlReport } from '../../src/reporters/html.ts'
import type { TestBrowser } from '../rig/browser.ts'
import { openBrowser, violationsIn } from '../rig/browser.ts'
import { isChromiumRun } from '../rig/chromium.ts'
import { HOSTILE } from '../rig/hostile-text.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'
import { hostileTranscript, troubledTranscript } from '../rig/troubled-run.ts'

const WIDTHS = [360, 1600]
const SCHEMES = ['light', 'dark'] as const

const pages = {
  weather: htmlReport(transcriptOf(eventsOf(WEATHER))),
  troubled: htmlReport(troubledTranscript()),
  crowd: htmlReport(transcriptOf(eventsOf(crowd(1000)))),
  empty: htmlReport(emptyTranscript({ code: 'no-key', message: 'no API key', hint: 'export it' }, 4)),
}

const shownCalls = (page: Page) => page.locator('#calls tbody tr:visible')
const callNames = (page: Page) => shownCalls(page).locator('th').allTextContents()
const count = (page: Page) => page.locator('#count').textContent()
const readout = (page: Page) => page.locator('#readout').textContent()
const column = (page: Page, name: string) => page.locator('#calls').getByRole('columnheader', { name })

/** All that is folded, the lines of calls as their links do it. */
const OPEN_ALL = `
  document.querySelectorAll('#calls tbody th a').forEach((link) => link.click())
  document.querySelectorAll('details').forEach((one) => { one.open = true })
`

/** A browser shares the cores with whatever else runs. */
const PATIENT = { timeout: 120_000 }

describe.runIf(isChromiumRun())('the report in a browser', PATIENT, () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser?.close())

  it('renders, asks nobody for anything, and has nothing to complain of', async () => {
    for (const html of Object.values(pages)) {
      const { page, requests, complaints } = await browser.open(html)
      await expect(page.locator('h1').isVisible()).resolves.toBe(true)
      // The picture of a message is part of the page.
      expect(requests.filter((address) => !address.startsWith('data:image/png;'))).toEqual([])
      expect(complaints).toEqual([])
      await page.context().close()
    }
  })

  it('shows the picture that a result holds', async () => {
    const { page } = await browser.open(pages.troubled)
    await page.evaluate(OPEN_ALL)
    await page.evaluate('document.querySelector("figure img").decode()')
    expect(await page.evaluate('document.querySelector("figure img").naturalWidth')).toBe(24)
  })

  it('shows each row of the picture where its time is', async () => {
    const { page } = await browser.open(pages.weather, { viewport: { width: 1600, height: 1000 } })
    const boxOf = async (selector: string) => {
      const box = await page.locator(selector).first().boundingBox()
      if (box === null) throw new Error(`${selector} is not drawn`)
      return box
    }
    const picture = await boxOf('#bars .grid')
    const [first, second] = [await boxOf('a[href="#call-1"] .running'), await boxOf('a[href="#call-2"] .running')]
    expect((second.x - first.x) / (second.width - first.width)).toBeCloseTo((521 - 401) / (1450 - 1000), 2)
    expect(first.y).toBeLessThan(second.y)
    expect(first.x).toBeGreaterThan(picture.x)
  })

  it('filters the calls by words and by status, and says how many are left', async () => {
    const { page } = await browser.open(pages.troubled)
    await page.getByLabel('Filter').fill('reykjavík')
    expect(await callNames(page)).toEqual(['get_weather Reykjavík'])
    expect(await count(page)).toBe('1 of 7 calls')
    await page.getByLabel('Filter').fill('coffee')
    expect(await callNames(page)).toEqual(['fetch_page https://example.com/prices?year=2026'])
    await page.getByLabel('Filter').fill('')
    await page.locator('#status').selectOption('timed out')
    expect(await callNames(page)).toEqual(['slow_query select * from orders'])
    await page.locator('#status').selectOption('')
    expect(await count(page)).toBe('7 calls')
    await page.getByLabel('Filter').fill('attempts')
    expect(await count(page)).toBe('0 of 7 calls')
  })

  it('sorts the calls by any column, either way, what is unknown last', async () => {
    const { page } = await browser.open(pages.troubled)
    const numbers = async () => (await shownCalls(page).locator('td:first-child').allTextContents()).join('')
    await expect(column(page, 'No.').getAttribute('aria-sort')).resolves.toBe('ascending')
    await column(page, 'Duration').getByRole('button').click()
    expect(await numbers()).toBe('3124756')
    await expect(column(page, 'Duration').getAttribute('aria-sort')).resolves.toBe('ascending')
    await expect(column(page, 'No.').getAttribute('aria-sort')).resolves.toBe(null)
    await column(page, 'Duration').getByRole('button').press('Enter')
    expect(await numbers()).toBe('7412356')
    await expect(column(page, 'Duration').getAttribute('aria-sort')).resolves.toBe('descending')
    for (const [name, order] of [
      ['Call', '6125347'],
      ['Status', '1563274'],
      ['Attempts', '5634712'],
      ['No.', '1234567'],
    ] as const) {
      await column(page, name).getByRole('button').click()
      expect(await numbers()).toBe(order)
    }
  })

  it('opens what is known of a call by keyboard, and closes it again', async () => {
    const { page } = await browser.open(pages.weather)
    const link = page.getByRole('link', { name: 'get_weather Tokyo' }).last()
    const details = page.locator('#call-3 .call-details')
    await expect(details.isVisible()).resolves.toBe(false)
    await link.press('Enter')
    await expect(details.isVisible()).resolves.toBe(true)
    await expect(link.getAttribute('aria-expanded')).resolves.toBe('true')
    await link.press('Enter')
    await expect(details.isVisible()).resolves.toBe(false)
  })

  it('tells the times of a row that is pointed at', async () => {
    const { page } = await browser.open(pages.weather)
    const hint = await readout(page)
    await page.locator('#bars a[href="#call-3"] .running').first().hover()
    expect(await readout(page)).toMatch(/^get_weather Tokyo\nturn 1, ok, 2 attempts, on the critical path\n/)
    await page.locator('.labels li').nth(1).hover()
    expect(await readout(page)).toMatch(/^get_weather San Francisco\n/)
    await page.mouse.move(0, 0)
    expect(await readout(page)).toBe(hint)
  })

  it('tells the times of a row that is reached by keyboard, one stop for all of them', async () => {
    const { page } = await browser.open(pages.weather)
    await page.locator('.skip').focus()
    await page.keyboard.press('Tab')
    expect(await readout(page)).toMatch(/^turn 1: message\n/)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await readout(page)).toMatch(/^get_weather New York\n/)
    await page.keyboard.press('End')
    expect(await readout(page)).toMatch(/^turn 2: message\n/)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    // A browser tells of the new address in a task of its own, behind the key.
    await page.locator('#call-3 .call-details').waitFor()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('get_weather Tokyo')
    await page.getByRole('link', { name: /^turn 1: message/ }).focus()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.id')).toBe('filter')
  })

  it('opens the call that its address names', async () => {
    const { page } = await browser.open(pages.crowd, { hash: '#call-970' })
    await expect(page.locator('#call-970 .call-details').isVisible()).resolves.toBe(true)
    await expect(page.getByText('no item 969').first().isVisible()).resolves.toBe(true)
  })

  it('is all there without its script', async () => {
    const { page } = await browser.open(pages.troubled, { javaScriptEnabled: false })
    expect(await page.locator('.bars .row').count()).toBe(9)
    await expect(page.locator('#controls').isVisible()).resolves.toBe(false)
    await page.locator('#call-3 summary').click()
    await expect(page.locator('#call-3 .call-details').isVisible()).resolves.toBe(true)
  })

  it('filters, sorts and reaches the rows of a thousand calls', async () => {
    const { page, complaints } = await browser.open(pages.crowd)
    await page.getByLabel('Filter').fill('item 99')
    // item 99, and 990 to 999
    expect(await count(page)).toBe('11 of 1,000 calls')
    await page.getByLabel('Filter').fill('')
    await page.locator('#status').selectOption('failed')
    expect(await count(page)).toBe('10 of 1,000 calls')
    await page.locator('#status').selectOption('')
    await column(page, 'Started').getByRole('button').press('Enter')
    await column(page, 'Started').getByRole('button').press('Enter')
    expect((await callNames(page))[0]).toMatch(/item 9[3-9]\d$/)
    await page.locator('#bars a').first().focus()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowUp')
    expect(await readout(page)).toMatch(/^fetch_page item 999\n/)
    expect(await page.evaluate('document.querySelector("#picture").scrollTop')).toBeGreaterThan(1000)
    expect(complaints).toEqual([])
  })

  for (const width of WIDTHS) {
    it.runIf(width === WIDTHS[0] || process.env['FULL'] === '1')(
      `fits a window of ${width} px: nothing makes the page scroll sideways`,
      async () => {
        for (const html of [
          ...Object.values(pages),
          htmlReport(hostileTranscript((place) => `${'wide'.repeat(99)}${place}`)),
        ]) {
          const { page } = await browser.open(html, { viewport: { width, height: 740 } })
          await page.evaluate(OPEN_ALL)
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
          await page.context().close()
        }
      },
    )

    for (const colorScheme of SCHEMES) {
      // Half of them: a rule that holds for one colour and one width is seldom broken by both others at once.
      const sampled = (colorScheme === 'dark') === (width === WIDTHS[0])
      it.runIf(sampled || process.env['FULL'] === '1')(
        `breaks no rule of axe-core, ${colorScheme} at ${width} px`,
        async () => {
          for (const html of [pages.troubled, pages.empty]) {
            const { page } = await browser.open(html, { colorScheme, viewport: { width, height: 740 } })
            await page.evaluate(OPEN_ALL)
            expect(await violationsIn(page)).toEqual([])
            await page.context().close()
          }
        },
      )
    }
  }

  it('breaks no rule of axe-core where there are so many calls that the picture has no labels', async () => {
    const { page } = await browser.open(htmlReport(transcriptOf(eventsOf(crowd(201)))))
    expect(await page.locator('#picture.dense, #calls.many').count()).toBe(2)
    expect(await violationsIn(page)).toEqual([])
  })
})

describe.runIf(isChromiumRun())('a hostile page in a browser', PATIENT, () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser?.close())

  /** Opens, points at, focuses and uses everything that there is. */
  async function useAll(page: Page): Promise<void> {
    await page.evaluate(OPEN_ALL)
    for (const row of await page.locator('#bars a').all()) {
      await row.hover({ force: true })
      await row.focus()
    }
    for (const button of await page.locator('#calls thead button').all()) await button.click()
    await page.getByLabel('Filter').fill('<script>')
  }

  const texts = {
    'a text in each place': (place: number) => HOSTILE[place % HOSTILE.length] ?? '',
    'another in each place': (place: number) => HOSTILE[(place * 7 + 3) % HOSTILE.length] ?? '',
    'a third in each place': (place: number) => HOSTILE[(place * 5 + 11) % HOSTILE.length] ?? '',
    'all of them in every place': (place: number) => `${HOSTILE.join('\n')}${place}`,
  }
  const sampled = Object.entries(texts).filter((_, place) => place % 3 === 0 || process.env['FULL'] === '1')
  it.each(sampled)('runs nothing, fetches nothing and shows text as text: %s', async (_, text) => {
    const { page, requests, complaints } = await browser.open(htmlReport(hostileTranscript(text)))
    await useAll(page)
    expect(await page.evaluate('globalThis.injected')).toBeUndefined()
    expect(await page.locator('script, style, iframe, object, embed, base, form, template, link').count()).toBe(2)
    expect({ requests, complaints }).toEqual({ requests: [], complaints: [] })
  })

  it('is stopped by its policy even where a text has become markup', async () => {
    const asked: (string | undefined)[] = []
    const attacker = createServer((request, response) => {
      asked.push(request.url)
      response.end()
    })
    await new Promise<void>((done) => attacker.listen(0, '127.0.0.1', done))
    // A server that listens has an address with a port.
    const { port } = attacker.address() as AddressInfo
    // No policy keeps a page from being left.
    const markup = HOSTILE.filter((text) => text.startsWith('<') && !text.includes('refresh'))
      .join('\n')
      .replaceAll('https://attacker.invalid', `http://127.0.0.1:${port}`)
    const broken = pages.weather.replace('<main>', () => `<main>${markup}`)
    const { page, complaints } = await browser.open(broken)
    expect(await page.evaluate('globalThis.injected')).toBeUndefined()
    attacker.close()
    expect(asked).toEqual([])
    expect(complaints.filter((one) => one.includes('Content Security Policy')).length).toBeGreaterThan(5)
  })
})
