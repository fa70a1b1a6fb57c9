import { execFile } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import { NODE } from '../rig/node.ts'
import { AGENT, makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { server, userBlocks, userTexts } from './asking.ts'

const run = promisify(execFile)

describe('C6 the question', () => {
  it('comes from the arguments, joined by spaces', async () => {
    const { api, env } = await server()
    const result = await runAgent(['ask', 'what', 'is', 'this?'], { env })
    expect(userTexts(api.requests[0]?.body)).toEqual(['what is this?'])
    expect([result.stdout, result.code]).toEqual(['The answer.\n', 0])
    await endToEnd(result)
  })

  it('comes from stdin where there is none in the arguments', async () => {
    const { api, env } = await server()
    for (const args of [['ask'], ['ask', '-']])
      await endToEnd(await runAgent(args, { env, stdin: { text: 'from a pipe\n' } }))
    expect(api.requests.map(({ body }) => userTexts(body))).toEqual([['from a pipe'], ['from a pipe']])
  })

  it('has stdin before it as context with -', async () => {
    const { api, env } = await server()
    await endToEnd(await runAgent(['ask', 'summarise', '-'], { env, stdin: { text: 'a line\n' } }))
    expect(userTexts(api.requests[0]?.body)).toEqual(['a line\n', 'summarise'])
  })

  it('goes without context where stdin is empty, and says so', async () => {
    const { api, env } = await server()
    for (const stdin of ['null', 'closed'] as const) {
      const result = await runAgent(['ask', 'summarise', '-'], { env, stdin })
      expect(result.stderr).toContain('stdin is empty')
      expect(result.code).toBe(0)
    }
    expect(userTexts(api.requests[0]?.body)).toEqual(['summarise'])
  })

  it.each(['null', 'closed'] as const)('is missing where stdin is %s: exit 2', async (stdin) => {
    const result = await runAgent(['ask'], { stdin })
    expect(result.code).toBe(2)
    await endToEnd(result)
  })

  it('does not touch a pipe that is held open and silent', async () => {
    const { env } = await server()
    const result = await runAgent(['ask', 'q'], { env, stdin: 'open' })
    expect([result.stdout, result.stderr, result.code]).toEqual(['The answer.\n', '', 0])
    await endToEnd(result)
  })

  it('leaves the input of a loop to the loop', async () => {
    const { api, env } = await server()
    const dir = makeRunFolder()
    const file = join(dir, 'work/questions')
    writeFileSync(file, 'one\ntwo\nthree\n')
    const script = `while read q; do "${NODE}" "${AGENT}" ask "$q"; done < "${file}"`
    const { stdout } = await run('/bin/sh', ['-c', script], {
      env: { PATH: process.env.PATH, HOME: join(dir, 'home'), ANTHROPIC_API_KEY: 'sk-ant-test-key', ...env },
    })
    expect(stdout).toBe('The answer.\nThe answer.\nThe answer.\n')
    expect(api.requests.map(({ body }) => userTexts(body))).toEqual([['one'], ['two'], ['three']])
  })

  it('is at most 10 MiB on stdin, and ends an endless pipe', async () => {
    const result = await runAgent(['ask', 'q', '-'], { stdin: { text: Buffer.alloc(100 * 1024 * 1024, 'x') } })
    expect(result.stderr).toMatch(/^agent: stdin is larger than 10 MiB\nhint: /)
    expect(result.code).toBe(2)
    await endToEnd(result)
  })

  it.each([
    ['NUL', Buffer.from('a\0b')],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe])],
  ])('is not binary: %s', async (_name, text) => {
    const result = await runAgent(['ask', '-'], { stdin: { text } })
    expect(result.stderr).toMatch(/^agent: stdin is binary, not UTF-8 text\nhint: .*--file/)
    expect(result.code).toBe(2)
  })

  it.skipIf(!terminalAvailable)('is missing at a terminal: exit 2 and nothing is read', async () => {
    const result = await runAgent(['ask'], { terminal: {} })
    expect(result.stdout).toContain('agent: no question')
    expect(result.code).toBe(2)
  })

  it.skipIf(!terminalAvailable)('says at a terminal that an unread pipe needs -', async () => {
    const { env } = await server()
    const dir = makeRunFolder()
    await run('mkfifo', [join(dir, 'work/pipe')])
    const result = await runAgent(['ask', 'q'], { dir, env, terminal: { redirect: '<> pipe' } })
    expect(result.stdout).toContain('add - to the arguments')
    expect(result.code).toBe(0)
  })

  it('ends with the signal while it waits for stdin', async () => {
    const agent = startAgent(['ask', '--json', '--debug', '-'], { stdin: 'open' })
    agent.stdin?.write('half a quest')
    await agent.stderr.until('reading stdin')
    agent.kill('SIGTERM')
    const result = await agent.ended
    expect(result.code).toBe(143)
    expect(result.json()).toMatchObject({ status: 'interrupted', exit_code: 143, error: { code: 'interrupted' } })
    await endToEnd(result)
  })
})

describe('--timeout', () => {
  it('ends a question that does not come', async () => {
    const result = await runAgent(['ask', '--json', '--timeout', '1s', '-'], { stdin: 'open' })
    expect([result.code, result.json().error?.code]).toEqual([124, 'timeout'])
    await endToEnd(result)
  })

  it('ends a file that nobody writes', async () => {
    const dir = makeRunFolder()
    await run('mkfifo', [join(dir, 'work/pipe')])
    const result = await runAgent(['ask', '--json', '--timeout', '1s', '--file', 'pipe', 'q'], { dir })
    expect([result.code, result.json().error?.code]).toEqual([124, 'timeout'])
    await endToEnd(result)
  })
})

describe('--file', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

  it('sends text, images and PDFs along, by their bytes', async () => {
    const { api, env } = await server()
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work/notes.bin'), 'Notes.\n')
    writeFileSync(join(dir, 'work/picture.txt'), png)
    writeFileSync(join(dir, 'work/paper'), '%PDF-1.7\n')
    const result = await runAgent(['ask', '--file', 'notes.bin', '--file', 'picture.txt', '--file', 'paper', 'q'], {
      env,
      dir,
    })
    expect(result.code).toBe(0)
    const blocks = userBlocks(api.requests[0]?.body)
    expect(blocks).toMatchObject([
      { type: 'text', text: expect.stringContaining('notes.bin') },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png.toString('base64') } },
      { type: 'document', source: { media_type: 'application/pdf' }, title: 'paper' },
      { type: 'text', text: 'q' },
    ])
    await endToEnd(result)
  })

  it.each([
    ['is a directory', 'folder', 'is a directory'],
    ['is empty', 'empty', 'is empty'],
    ['is of no known kind', 'binary', 'is neither text nor an image'],
    ['is too large', 'large', 'is larger than 10 MiB'],
    ['is missing', 'missing', 'does not exist'],
    ['never ends', '/dev/zero', 'is a device'],
  ])('refuses what %s', async (_name, file, message) => {
    const dir = makeRunFolder()
    mkdirSync(join(dir, 'work/folder'))
    writeFileSync(join(dir, 'work/empty'), '')
    writeFileSync(join(dir, 'work/binary'), Buffer.from([1, 2, 0, 255]))
    writeFileSync(join(dir, 'work/large'), Buffer.alloc(11 * 1024 * 1024, 'x'))
    const result = await runAgent(['ask', '--file', file, 'q'], { dir })
    expect(result.stderr).toContain(`agent: --file: "${file}" ${message}`)
    expect(result.code).toBe(2)
  })
})

describe('--file of a pipe', () => {
  it('is read to its end', async () => {
    const { api, env } = await server()
    const script = `"$@" --file <(printf 'one line') q`
    const dir = makeRunFolder()
    await run('/bin/bash', ['-c', script, 'bash', NODE, AGENT, 'ask'], {
      env: { PATH: process.env.PATH, HOME: join(dir, 'home'), ANTHROPIC_API_KEY: 'sk-ant-test-key', ...env },
    })
    expect(userTexts(api.requests[0]?.body)[0]).toContain('one line')
  })

  it('C4 ends at a signal where nobody writes to it', async () => {
    const dir = makeRunFolder()
    await run('mkfifo', [join(dir, 'work/pipe')])
    // A descriptor of our own keeps it from being at its end.
    const writer = openSync(join(dir, 'work/pipe'), constants.O_RDWR)
    const agent = startAgent(['ask', '--debug', '--file', 'pipe', 'q'], { dir })
    await agent.stderr.until('reading 1 file')
    agent.kill('SIGINT')
    const result = await agent.ended
    closeSync(writer)
    expect(result.code).toBe(130)
  })
})

describe('--dry-run', () => {
  it('prints the first request and sends nothing, without a key', async () => {
    const { api, env } = await server()
    const result = await runAgent(['ask', '--dry-run', '--system', 'Be brief.', '--effort', 'low', 'q'], {
      env: { ...env, ANTHROPIC_API_KEY: undefined },
    })
    expect(JSON.parse(result.stdout)).toMatchObject({
      model: 'claude-sonnet-5-5',
      max_tokens: 16_384,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'q' }] }],
    })
    expect(result.stdout).toContain('Be brief.')
    expect([result.stderr, result.code, api.requests.length]).toEqual(['', 0, 0])
    await endToEnd(result)
  })
})
