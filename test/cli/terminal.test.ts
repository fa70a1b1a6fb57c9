/** The built command in a real terminal, started by a shell as a person does it. */
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { terminalAvailable } from '../rig/command-line.ts'
import { NODE } from '../rig/node.ts'
import type { Reply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import { AGENT, CANARY_KEY, runAgent, startAgent } from '../rig/run-agent.ts'
import type { Window } from '../rig/tmux.ts'
import { hasTmux, openWindow } from '../rig/tmux.ts'
import { server, toolSource, withTool } from './asking.ts'

/** Runs until it is told to stop, or ends at once. */
const TOOL = toolSource(
  'get',
  `if (input.fails) throw Object.assign(new Error('none of these'), { retryable: false })
   if (input.waits) await new Promise((resolve, reject) => {
     const alive = setInterval(() => {}, 1000)
     context.signal.addEventListener('abort', () => { clearInterval(alive); reject(new Error('told to stop')) })
   })
   return 1`,
)

function calls(count: number, input: (of: number) => Record<string, string | boolean>): Reply {
  let message = reply.usage({})
  for (let of = 0; of < count; of += 1) message = message.toolUse('get', { id: `no. ${of}`, ...input(of) })
  return message
}

const WAITING = () => calls(40, () => ({ waits: true }))

async function shellOf(size: [number, number], ...replies: Reply[]): Promise<Window> {
  const { env } = await server(...replies)
  const { dir } = withTool(TOOL)
  const variables = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(dir, 'home'),
    XDG_CONFIG_HOME: join(dir, 'home', '.config'),
    TMPDIR: join(dir, 'tmp'),
    LANG: 'C.UTF-8',
    TERM: 'screen-256color',
    ANTHROPIC_API_KEY: CANARY_KEY,
    PS1: '$ ',
    HISTFILE: '/dev/null',
    ...env,
  }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const shell = ['env', '-i', '-C', join(dir, 'work'), ...assignments, 'bash', '--noprofile', '--norc', '-i']
  const window = openWindow(shell, { socket: join(dir, 'tmux'), size })
  onTestFinished(window.end)
  await window.until('$')
  return window
}

const ask = (...args: string[]) => `clear; ${[NODE, AGENT, 'ask', ...args].join(' ')} -t tool.mjs q`
/** The last line of the screen. */
const PROMPT = /(?:^|\n)\$$/

describe.skipIf(!hasTmux)('in a shell (needs tmux)', () => {
  const ENDS: [how: string, args: string[], end: (window: Window) => Promise<void>, said: string][] = [
    ['Ctrl-C', [], async (window) => window.press('C-c'), 'agent: interrupted by SIGINT'],
    // At once: where the terminal echoes a second one that comes later is not ours to say.
    ['Ctrl-C twice', [], async (window) => window.press('C-c', 'C-c'), 'agent: interrupted by SIGINT'],
    ['--timeout', ['--timeout', '3000ms'], async () => {}, 'agent: the run took longer than 3000 ms'],
  ]

  it.each(ENDS)('%s leaves a clean line and a cursor', async (_how, args, end, said) => {
    const window = await shellOf([80, 24], WAITING())
    window.press(ask(...args), 'Enter')
    await window.until(/ 0 of 40 calls · 40 running\n {4}get no\. 0 +\d\.\d s/)
    expect(window.cursor().shown).toBe(false)
    await end(window)
    const after = (await window.until(PROMPT)).split('\n')
    expect(after.filter((line) => /running|get no\. \d|\^C/.test(line))).toEqual([])
    expect(after).toContain('  ✖ 40 calls: 40 canceled')
    expect(after).toContain(said)
    expect(window.cursor()).toEqual({ shown: true, column: 2 })
  })

  it('a signal from elsewhere leaves them too', async () => {
    const window = await shellOf([80, 24], WAITING())
    window.press(`${ask()} &`, 'Enter')
    await window.until(/ 0 of 40 calls/)
    window.press('kill -TERM %1; wait %1; echo "[$?]"', 'Enter')
    const after = await window.until('[143]')
    expect(after).toContain('agent: interrupted by SIGTERM')
    expect(window.cursor().shown).toBe(true)
  })

  it('Ctrl-Z gives the shell its cursor, and fg goes on', async () => {
    const window = await shellOf([80, 24], WAITING())
    window.press(ask(), 'Enter')
    await window.until(/ 0 of 40 calls/)
    window.press('C-z')
    expect(await window.until(PROMPT)).not.toContain('running')
    expect(window.cursor()).toEqual({ shown: true, column: 2 })
    window.press('fg', 'Enter')
    await window.until(/ 0 of 40 calls · 40 running/)
    expect(window.cursor().shown).toBe(false)
    window.press('C-c')
    await window.until('agent: interrupted by SIGINT')
    await window.until(PROMPT)
    expect(window.cursor().shown).toBe(true)
  })

  it.each([
    [40, 10, / 0 of 40 calls · 40 running\n {4}get no\. 0 +\d\.\d s\n/],
    [40, 3, / 0 of 40 calls · 40 running\n {4}get no\. 0 +\d\.\d s$/],
  ])('a window of %i x %i is enough', async (columns, rows, expected) => {
    const window = await shellOf([columns, rows], WAITING())
    window.press('agent() {', 'Enter', `${ask()}; }`, 'Enter', 'agent', 'Enter')
    const during = await window.until(expected)
    expect(Math.max(...during.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns)
    window.press('C-c')
    await window.until(PROMPT)
    expect(window.cursor()).toEqual({ shown: true, column: 2 })
  })

  it('shows a turn of many calls and one of few each in its manner', async () => {
    const many = calls(300, (of) => (of % 100 === 99 ? { fails: true } : {}))
    const few = reply.toolUse('get', { id: 'x' }).toolUse('get', { id: 'y' })
    const window = await shellOf([80, 24], many, few, reply.text('All done.'))
    window.press(ask(), 'Enter')
    await window.until('All done.')
    const lines = (await window.until(PROMPT)).split('\n')
    expect(lines.filter((line) => line.startsWith('  ✖ get no. '))).toHaveLength(3)
    const from = lines.findIndex((line) => line.includes('300 calls'))
    expect(lines.slice(from)).toEqual([
      expect.stringMatching(/^ {2}✔ 300 calls: 297 ok, 3 failed, slowest get no\. \d+ <?\d\.\d\d s, [\d,]+\/s$/),
      expect.stringMatching(/^ {2}✔ get x +<?\d\.\d\d s$/),
      expect.stringMatching(/^ {2}✔ get y +<?\d\.\d\d s$/),
      'All done.',
      expect.stringMatching(/^302 calls \(3 failed\) in /),
      '$',
    ])
  })
})

describe.skipIf(!terminalAvailable)('what a terminal is sent', () => {
  const lastCursor = (bytes: string) => bytes.match(/\x1b\[\?25[hl]/g)?.at(-1)

  it.each([
    ['Ctrl-C', '\x03', 130],
    ['Ctrl-C twice', '\x03\x03', 130],
  ])('shows the cursor last after %s', async (_how, keys, code) => {
    const { env } = await server(WAITING())
    const { dir } = withTool(TOOL)
    const agent = startAgent(['ask', '-t', 'tool.mjs', 'q'], { dir, env, terminal: {} })
    await agent.stdout.until('0 of 40 calls')
    agent.stdin?.write(keys)
    const result = await agent.ended
    expect(result.code).toBe(code)
    expect(lastCursor(result.stdout)).toBe('\x1b[?25h')
    expect(result.stdout).toMatch(/agent: interrupted by SIGINT\r\nhint: agent resume \S+\r\n$/)
  })

  it('tells of failures and one line of a turn where nothing moves', async () => {
    const { env } = await server(
      calls(100, (of) => (of === 7 ? { fails: true } : {})),
      reply.text('All done.'),
    )
    const { dir } = withTool(TOOL)
    const options = { dir, env: { ...env, CI: '1', NO_COLOR: '1' }, terminal: {} }
    const { stdout } = await runAgent(['ask', '-t', 'tool.mjs', 'q'], options)
    const lines = stdout.split('\r\n')
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/^ {2}✖ get no\. 7 +<?\d\.\d\d s {2}failed: none of these$/),
      expect.stringMatching(/^ {2}✔ 100 calls: 99 ok, 1 failed, slowest get no\. \d+/),
      'All done.',
    ])
    expect(stdout).not.toContain('\x1b')
  })
})
