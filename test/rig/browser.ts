/**
 * A real Chromium, for pages that are to work in one: the machine's own, with a home of its own, which asks
 * nobody for anything. A page is opened from a file, as whoever is sent a report opens it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { findChromium } from './chromium.ts'

const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type OpenPage = {
  page: Page
  /** Everything that it asked for, itself apart. */
  requests: string[]
  /** What it logged or threw, and dialogs that it opened. */
  complaints: string[]
}

export type TestBrowser = {
  open(html: string, options?: BrowserContextOptions & { hash?: string }): Promise<OpenPage>
  close(): Promise<void>
}

export async function openBrowser(): Promise<TestBrowser> {
  const home = mkdtempSync(join(tmpdir(), 'agent-browser-'))
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('no Chromium is found: install it, or name one in CHROMIUM')
  // Root's has no sandbox to set up; what is tested here is the page.
  const args = process.getuid?.() === 0 ? ['--no-sandbox', ...QUIET] : QUIET
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home }
  const browser: Browser = await chromium.launch({ executablePath, args, env })
  let pages = 0

  return {
    open: async (html, { hash = '', ...options } = {}) => {
      pages += 1
      const file = join(home, `page-${pages}.html`)
      writeFileSync(file, html)
      const address = pathToFileURL(file).href
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const requests: string[] = []
      const complaints: string[] = []
      page.on('request', (request) => {
        if (request.url().split('#')[0] !== address) requests.push(request.url())
      })
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      await page.goto(address + hash)
      return { page, requests, complaints }
    },
    close: async () => {
      await browser.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Every rule that axe-core has by default and finds broken, with the first element that breaks it. */
export async function violationsIn(page: Page): Promise<string[]> {
  // Through the debugger, as the page's policy lets no other script in.
  await page.evaluate(`${axe.source};0`)
  return page.evaluate(async () => {
    // `axe` is what the script before has put there.
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  })
}
