/**
 * Makes the pictures of the README from a replayed run: `node docs/screenshots/make.mjs [path of Chromium]`.
 * The recording answers, the model and the tools, at the recorded pace; no key, no network.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const QUESTION = 'Where shall we go on Saturday, Como or Lucerne? Book two seats.'
const COLUMNS = 100
const here = import.meta.dirname
const browserPath = process.argv[2] ?? '/usr/bin/chromium'
const folder = mkdtempSync(join(tmpdir(), 'agent-screenshots-'))

function agent(...args) {
  const command = join(here, '..', '..', 'bin', 'agent.js')
  const env = { ...process.env, COLUMNS: String(COLUMNS), FORCE_COLOR: '1', XDG_STATE_HOME: folder }
  return execFileSync(process.execPath, [command, ...args], { cwd: here, env, encoding: 'utf8' })
}

/** The few codes that the waterfall has. */
const CODES = { 31: 'bad', 32: 'good', 33: 'warn', 2: 'quiet' }

function terminalPage(prompt, text) {
  const escaped = (part) => part.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const coloured = escaped(text).replaceAll(/\x1b\[(\d+)m/g, (_, code) => {
    return CODES[code] === undefined ? '</span>' : `<span class="${CODES[code]}">`
  })
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; background: #fff }
    pre { display: inline-block; margin: 0; padding: 18px 22px; border-radius: 8px; background: #16181d; color: #d8dce3;
      font: 15px/1.25 "DejaVu Sans Mono", Menlo, monospace }
    .good { color: #5cc48a } .bad { color: #f0716b } .warn { color: #e3b34c } .quiet { color: #8b93a1 }
  </style><pre><span class="quiet">$</span> ${escaped(prompt)}\n${coloured.trimEnd()}</pre>`
}

try {
  const run = join(folder, 'run.json')
  const replay = ['--replay', 'trip.cassette.json', '--replay-speed', '1', '--no-builtins', '-t', 'trip.tools.mjs']
  agent('ask', ...replay, '--allow', 'reserve_seats', '--json', '-o', run, QUESTION)
  const terminal = join(folder, 'terminal.html')
  writeFileSync(terminal, terminalPage('agent view', agent('view', run)))
  const report = join(folder, 'report.html')
  agent('view', '--html', '-o', report, run)

  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: ['--no-sandbox', '--disable-quic', ...quiet],
  })
  const page = await browser.newPage({ viewport: { width: 1280, height: 1340 }, deviceScaleFactor: 1.25 })
  await page.goto(pathToFileURL(terminal).href)
  await page.locator('pre').screenshot({ path: join(here, 'waterfall.png') })
  await page.goto(pathToFileURL(report).href)
  await page.screenshot({ path: join(here, 'report.png') })
  await browser.close()
  const { status, totals } = JSON.parse(readFileSync(run, 'utf8'))
  process.stdout.write(`${status}, ${totals.tool_calls} calls: waterfall.png, report.png\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
