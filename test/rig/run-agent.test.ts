import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { terminalAvailable } from './command-line.ts'
import type { AgentOptions } from './run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent, startAgent } from './run-agent.ts'
import { survivors } from './survivors.ts'

/** A program in the command's place. */
function program(source: string, options: AgentOptions = {}): AgentOptions {
  const dir = options.dir ?? makeRunFolder()
  const script = join(dir, 'program.mjs')
  writeFileSync(script, source)
  return { ...options, dir, script }
}

describe('a run', () => {
  it('hands over output, exit code and signal', async () => {
    const source = `process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 7`
    expect(await runAgent(['ask', 'hi'], program(source))).toMatchObject({
      stdout: 'out',
      stderr: 'err',
      code: 7,
      signal: null,
      wholeStdout: true,
    })
    expect(await runAgent([], program(`process.kill(process.pid, 'SIGKILL')`))).toMatchObject({
      code: null,
      signal: 'SIGKILL',
    })
  })

  it('has an environment and folders of its own, and the canary key', async () => {
    const options = program(`console.log(JSON.stringify({ env: process.env, cwd: process.cwd() }))`, {
      env: { EXTRA: '1', LANG: undefined },
    })
    const { stdout, dir, marker } = await runAgent([], options)
    const { env, cwd } = JSON.parse(stdout)
    expect(Object.keys(env).sort()).toEqual(
      [
        'PATH',
        'HOME',
        'XDG_CONFIG_HOME',
        'XDG_CACHE_HOME',
        'TMPDIR',
        'ANTHROPIC_API_KEY',
        'EXTRA',
        'LC_AGENT_TEST_RUN',
      ].sort(),
    )
    expect(env).toMatchObject({ ANTHROPIC_API_KEY: CANARY_KEY, HOME: join(dir, 'home'), LC_AGENT_TEST_RUN: marker })
    expect(cwd).toBe(join(dir, 'work'))
  })

  it('fails the test when it does not end in time, with what was seen', async () => {
    const run = runAgent([], program(`console.log('working'); setInterval(() => {}, 1000)`, { giveUpAfterMs: 500 }))
    await expect(run).rejects.toThrow('did not end\nstdout: working')
  })
})

describe('stdin', () => {
  const source = `import { readFileSync, fstatSync } from 'node:fs'
    try { fstatSync(0); console.log(readFileSync(0, 'utf8').length) } catch (error) { console.log(error.code) }`
  const kinds: [string, NonNullable<AgentOptions['stdin']>, string][] = [
    ['/dev/null', 'null', '0\n'],
    ['a pipe that holds a text and ends', { text: 'x'.repeat(100_000) }, '100000\n'],
  ]
  it.each(kinds)('can be %s', async (_what, stdin, seen) => {
    expect((await runAgent([], program(source, { stdin }))).stdout).toBe(seen)
  })

  it('can be no descriptor at all, or what node makes of that', async () => {
    // Node opens /dev/null in the place of a missing descriptor before any program of ours runs.
    const sh = `import { readlinkSync } from 'node:fs'; console.log(readlinkSync('/proc/self/fd/0'))`
    const { stdout } = await runAgent(
      [],
      program(process.platform === 'linux' ? sh : `console.log('/dev/null')`, { stdin: 'closed' }),
    )
    expect(stdout).toBe('/dev/null\n')
  })

  it('can be a pipe that is held open and silent', async () => {
    const run = startAgent(
      [],
      program(`process.stdin.on('end', () => console.log('end')); process.stdin.resume(); console.log('up')`, {
        stdin: 'open',
      }),
    )
    await run.stdout.until('up')
    run.stdin?.end()
    expect((await run.ended).stdout).toBe('up\nend\n')
  })
})

describe('stdout', () => {
  const flood = `process.stdout.on('error', ({ code }) => { process.stderr.write(code); process.exit(141) })
    process.stdout.write('x'.repeat(1_000_000), (error) => error || process.stderr.write('written'))`

  it('can be held back, so that the writer has to wait, and then be read whole', async () => {
    const run = startAgent([], program(`process.stderr.write('up'); ${flood}`, { stdout: 'hold' }))
    await run.stderr.until('up')
    expect(run.stderr.text()).toBe('up')
    run.readStdout()
    const { stdout, stderr, wholeStdout } = await run.ended
    expect([stdout.length, stderr, wholeStdout]).toEqual([1_000_000, 'upwritten', true])
  })

  it('can lose its reader', async () => {
    const run = startAgent([], program(flood, { stdout: 'hold' }))
    run.closeStdout()
    expect(await run.ended).toMatchObject({ code: 141, stderr: 'EPIPE', wholeStdout: false })
  })

  it('can be a file', async () => {
    const dir = makeRunFolder()
    const file = join(dir, 'out.txt')
    expect(await runAgent([], program(`process.stdout.write('hello')`, { dir, stdout: { file } }))).toMatchObject({
      stdout: '',
      wholeStdout: false,
    })
    expect(readFileSync(file, 'utf8')).toBe('hello')
  })
})

describe('a handle', () => {
  it('waits for what it sees and sends signals', async () => {
    const run = startAgent(
      [],
      program(`process.on('SIGTERM', () => process.exit(143)); console.error('ready'); setInterval(() => {}, 1000)`),
    )
    await run.stderr.until(/rea.y/)
    run.kill('SIGTERM')
    expect(await run.ended).toMatchObject({ code: 143, signal: null })
  })

  it('does not wait for a text that cannot come any more', async () => {
    const run = startAgent([], program(`console.log('something else')`))
    await expect(run.stdout.until('never')).rejects.toThrow('it held: something else')
  })
})

describe.skipIf(!terminalAvailable)('a terminal', () => {
  const facts = `JSON.stringify([process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY, process.stderr.columns])`

  it('is one for all three streams, as wide as the test says', async () => {
    const { stdout, code } = await runAgent(
      ["it's"],
      program(`console.log(${facts}); process.exitCode = 7`, { terminal: { columns: 61 } }),
    )
    expect([code, stdout]).toEqual([7, '[true,true,true,61]\r\n'])
  })

  it('may have a stream redirected', async () => {
    const options = program(`console.error(${facts})`, { terminal: { redirect: '> /dev/null' } })
    expect((await runAgent([], options)).stdout).toBe('[true,null,true,80]\r\n')
  })

  it('sends what is typed, and the signals of keys', async () => {
    const source = `process.on('SIGINT', () => process.exit(130)); console.log('up'); process.stdin.on('data', (typed) => console.log('got ' + typed))`
    const run = startAgent([], program(source, { terminal: {} }))
    await run.stdout.until('up')
    run.stdin?.write('hello\r')
    await run.stdout.until('got hello')
    run.stdin?.write('\x03')
    expect((await run.ended).code).toBe(130)
  })

  it('can be closed', async () => {
    const run = startAgent(
      [],
      program(`process.on('SIGHUP', () => process.exit(129)); console.log('up'); setInterval(() => {}, 1000)`, {
        terminal: {},
      }),
    )
    await run.stdout.until('up')
    run.kill('SIGKILL')
    const { marker } = await run.ended
    expect(await survivors(marker, 5000)).toEqual([])
  })
})

describe('after a test', () => {
  let marker = ''
  it('starts something that stays', async () => {
    const daemon = `spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }).unref()`
    const run = await runAgent([], program(`import { spawn } from 'node:child_process'; ${daemon}`))
    marker = run.marker
    expect(await survivors(marker)).toHaveLength(1)
  })

  afterAll(async () => {
    expect(await survivors(marker, 5000)).toEqual([])
  })
})
