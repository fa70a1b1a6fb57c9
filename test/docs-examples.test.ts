/**
 * Every command that the README, a page of docs/ or the help shows is typed into a shell and ends with 0:
 * those for a model ask a server on loopback. What stands behind a command as a comment is what it prints;
 * what stands below one in a session, too.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { server, toolSource } from './cli/asking.ts'
import type { Example, Session } from './docs-pages.ts'
import { examples, PAGES, pageAt, README, ROOT, sessions, shownFor } from './docs-pages.ts'
import { readerOf, type } from './docs-reader.ts'
import { openOtlpReceiver } from './rig/otlp-receiver.ts'
import { reply } from './rig/reply.ts'
import { isProgramRun } from './rig/requirement.ts'

const all = examples()
const played = sessions()
const commands = (needsJq: boolean) => all.filter(({ command }) => /\bjq\b/.test(command) === needsJq)
const sessionsOf = (needsJq: boolean) =>
  played.filter(({ steps }) => steps.some(({ command }) => /\bjq\b|\.sh\b/.test(command)) === needsJq)
const NOTICE = /^agent: offline: .*\n/gm

/** How many questions this asks a model. */
function questions(command: string): number {
  const asked = command.split(/\bagent ask\b/).slice(1)
  return asked.filter((rest) => !/^[^|]*--(?:offline|dry-run|replay)\b/.test(rest)).length
}

async function check({ page, command, prints }: Example): Promise<void> {
  const { api, env } = await server()
  const reader = readerOf(page)
  const collector = command.includes('--otel') ? await openOtlpReceiver() : null
  if (collector !== null) onTestFinished(() => collector.close())
  const typed = command
    // In one go: the port that the server was given may begin with the other's digits.
    .replace(/http:\/\/127\.0\.0\.1:(11434|4318)\b/, (_, port) => (port === '11434' ? api.url : (collector?.url ?? '')))
  const result = await type(typed, { ...reader, env: { ...reader.env, ...env } })
  expect([result.code, result.stderr.replace(NOTICE, '')]).toEqual([0, ''])
  if (prints !== null) expect(result.stdout).toBe(prints)
  // What asks a model asked this one, once, with a request that the real API would take.
  expect([api.violations, api.requests.length]).toEqual([[], questions(command)])
  if (collector !== null) expect(collector.spans.length).toBeGreaterThan(0)
}

async function play({ page, steps }: Session): Promise<void> {
  const reader = readerOf(page)
  for (const { command, prints, code } of steps) {
    const { stdout, code: ended } = await type(`exec 2>&1; ${command}`, reader)
    expect([command, stdout, ended]).toEqual([command, prints, code])
  }
}

describe('the examples of the pages and the help', () => {
  it('are found, on every page that is not about the program itself', () => {
    expect(all.length).toBeGreaterThan(45)
    expect(all.filter(({ prints }) => prints !== null).length).toBeGreaterThan(25)
    const bare = PAGES.filter((page) => ![...all, ...played].some((one) => one.page.path === page.path))
    const withoutCommands = ['docs/architecture.md', 'docs/library.md', 'docs/settings.md']
    expect(bare.map(({ path }) => path)).toEqual(withoutCommands)
  })

  it.each(commands(false))('run: $command', check)

  it.skipIf(!isProgramRun('jq')).each(commands(true))('run (needs jq): $command', check)

  it.each(sessionsOf(false))('print what stands below them: $title', play)

  it.skipIf(!isProgramRun('jq')).each(sessionsOf(true))('print what stands below them (needs jq): $title', play)

  it('of the library run', async () => {
    const { api, env } = await server(reply.toolUse('get_time', { place: 'Lima' }), reply.text('Noon.'))
    const reader = readerOf(pageAt('docs/library.md'))
    writeFileSync(join(reader.cwd, 'tools', 'tool.mjs'), toolSource('nap', 'return 1'))
    mkdirSync(join(reader.cwd, 'node_modules'))
    symlinkSync(ROOT, join(reader.cwd, 'node_modules', 'agent-ask'))
    const [, example = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(pageAt('docs/library.md').text) ?? []
    writeFileSync(join(reader.cwd, 'example.mjs'), `${example}\nconsole.log(answer, totals.tool_calls)\n`)
    const ran = await type(`'${process.execPath}' example.mjs`, { ...reader, env: { ...reader.env, ...env } })
    expect(ran).toEqual({ code: 0, stdout: expect.stringMatching(/^toolu_\w+ ok\nNoon\. 1$/), stderr: '' })
    expect(api.violations).toEqual([])
  })

  it('answer the first question', async () => {
    const first = /npx (agent ask .*)$/m.exec(README)?.[1] ?? ''
    const { code, stdout } = await type(first, readerOf(pageAt('README.md')))
    expect(code).toBe(0)
    expect(shownFor('agent ask --offline "weather in SF, NYC, Tokyo"')).toContain(`\n${stdout}\n`)
  })

  it.skipIf(!isProgramRun('tmux'))('look at a terminal as they are shown (needs tmux)', async () => {
    const command = 'agent ask --offline "weather in SF, NYC, Tokyo"'
    const { cwd, env } = readerOf(pageAt('README.md'))
    const tmux = (...args: string[]) =>
      new Promise<string>((resolve, reject) => {
        const socket = ['-S', join(cwd, 'tmux'), '-f', '/dev/null']
        execFile('tmux', [...socket, ...args], { cwd, env }, (error, stdout) =>
          error ? reject(error) : resolve(stdout),
        )
      })
    await tmux('new-session', '-d', '-x', '80', '-y', '24', `sh -c '${command}; echo "[exit $?]"; exec cat'`)
    try {
      const withoutTimes = (text: string) => text.replace(/\d+\.\d+ s/g, 'N s')
      const expected = withoutTimes(`${shownFor(command)}[exit 0]`)
      await expect
        .poll(async () => withoutTimes((await tmux('capture-pane', '-p')).trimEnd()), { timeout: 20_000 })
        .toBe(expected)
    } finally {
      await tmux('kill-server')
    }
  })
})
