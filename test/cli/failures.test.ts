import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import { endToEnd } from '../rig/auditor.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { server } from './asking.ts'

const failures: [name: string, args: string[], code: number, line: RegExp, hint: RegExp][] = [
  ['a bad value', ['ask', '--timeout', '5', 'q'], 2, /^agent: --timeout: "5" is not a duration/, /--timeout 500ms/],
  ['an unknown option', ['ask', '--nope', 'q'], 2, /^agent: unknown option "--nope"/, /agent ask --help/],
  ['an unknown command', ['weather in SF'], 2, /^agent: unknown command "weather in SF"/, /agent ask "weather in SF"/],
  ['no question', ['ask'], 2, /^agent: the question on stdin is empty/, /agent ask "weather in SF"/],
  ['an empty question', ['ask', ' '], 2, /^agent: the question is empty/, /agent ask "weather in SF"/],
  [
    'a missing file',
    ['ask', '--file', 'none.txt', 'q'],
    2,
    /^agent: --file: "none.txt" does not exist/,
    /--file report.pdf/,
  ],
  ['a bad base URL', ['ask', '--base-url', 'x', 'q'], 2, /^agent: --base-url: "x" is no URL/, /http/],
  [
    'a bad config file',
    ['ask', '--config', 'bad.json', 'q'],
    3,
    /^agent: .*bad\.json:2: "modle" is no key/,
    /known are model/,
  ],
  [
    'a missing config file',
    ['ask', '--config', 'no.json', 'q'],
    3,
    /^agent: config file "no.json" does not exist/,
    /--config/,
  ],
  [
    'missing instructions',
    ['ask', '--system', '@none.md', 'q'],
    2,
    /^agent: --system: "@none.md" does not exist/,
    /@ names a file/,
  ],
  ['a missing tool', ['ask', '-t', 'no.mjs', 'q'], 3, /no\.mjs/, /./],
  ['an unknown name after --only', ['ask', '--only', 'nothing', 'q'], 3, /nothing/, /./],
  ['a folder as output', ['ask', '-o', '.', 'q'], 12, /^agent: "\." cannot be written: it is a folder/, /name a file/],
]

describe('C3 every failure before a run', () => {
  it.each(failures)('%s: one line and a hint', async (_name, args, code, line, hint) => {
    const result = await runAgent(args, { dir: folder() })
    expect(result.stdout).toBe('')
    const [first = '', second = '', ...rest] = result.stderr.split('\n')
    expect(first).toMatch(line)
    expect(second).toMatch(/^hint: /)
    expect(second).toMatch(hint)
    expect(rest).toEqual([''])
    expect(result.code).toBe(code)
    await endToEnd(result)
  })

  it.each(failures.filter(([, args]) => args[0] === 'ask' && !args.includes('-o')))(
    '%s: one document with --json, the last event with --jsonl',
    async (_name, [command = '', ...args], code, line) => {
      const result = await runAgent([command, '--json', ...args], { dir: folder() })
      const transcript = transcriptSchema.strict().parse(JSON.parse(result.stdout))
      expect(transcript).toMatchObject({ status: 'failed', exit_code: code, turns: [], messages: [] })
      expect(`agent: ${transcript.error?.message}`).toMatch(line)
      expect(result.stderr).toMatch(line)
      expect(result.code).toBe(code)
      await endToEnd(result)
      const lines = await runAgent([command, '--jsonl', ...args], { dir: folder() })
      expect(lines.jsonLines()).toMatchObject([{ type: 'run_end', status: 'failed', exit_code: code }])
      await endToEnd(lines)
    },
  )

  it.each([[['-o', 'out']], [['--output', 'out']], [['-oout']], [['--output=out']]])(
    'goes to the file of %j where the rest cannot be parsed',
    async (args) => {
      const dir = makeRunFolder()
      const result = await runAgent(['ask', '--json', ...args, '--nope', 'q'], { dir })
      expect([result.stdout, result.code]).toEqual(['', 2])
      expect(JSON.parse(readFileSync(join(dir, 'work/out'), 'utf8'))).toMatchObject({ exit_code: 2 })
    },
  )

  it('goes to stdout where -o is a word of the question, or -', async () => {
    for (const args of [
      ['--json', '--nope', '--', '-o', 'out'],
      ['--json', '-o', '-', '--nope', 'q'],
    ]) {
      const result = await runAgent(['ask', ...args])
      expect([result.json().exit_code, result.code]).toEqual([2, 2])
    }
  })

  it('takes --json for a word of the question behind --', async () => {
    const result = await runAgent(['ask', '--nope', '--', '--json'])
    expect([result.stdout, result.code]).toEqual(['', 2])
  })

  it('C8 prints the help on stderr where nothing was asked', async () => {
    const result = await runAgent([])
    expect([result.stdout, result.code]).toEqual(['', 2])
    expect(result.stderr).toMatch(/^Usage: agent <command> \[options\]/)
    const help = await runAgent(['--help'])
    expect([help.stdout, help.stderr, help.code]).toEqual([result.stderr, '', 0])
  })

  it('prints the version and nothing else', async () => {
    for (const flag of ['--version', '-V']) {
      const result = await runAgent([flag])
      expect(result.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
      expect([result.stderr, result.code]).toEqual(['', 0])
    }
  })
})

describe('C7 the key', () => {
  it.each([
    ['is missing', undefined, /^agent: no API key: ANTHROPIC_API_KEY is not set/],
    ['is empty', '', /^agent: no API key: ANTHROPIC_API_KEY is empty/],
    ['has a line break', 'sk-ant\nrest', /^agent: ANTHROPIC_API_KEY holds a line break/],
  ])('%s: exit 4 before any tool is loaded, and never another model', async (_name, key, line) => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work/tool.mjs'), `import { writeFileSync } from 'node:fs'\nwriteFileSync('loaded', '')\n`)
    const result = await runAgent(['ask', '--json', '-t', 'tool.mjs', 'q'], { dir, env: { ANTHROPIC_API_KEY: key } })
    expect(result.stderr).toMatch(line)
    if (key === undefined) expect(result.stderr).toMatch(/hint: .*--base-url.*--offline/)
    expect([result.code, result.json().exit_code]).toEqual([4, 4])
    expect(() => writeFileSync(join(dir, 'work/loaded'), '', { flag: 'wx' })).not.toThrow()
    await endToEnd(result)
  })

  it('is sent to the server that is asked, and may be missing for another one', async () => {
    const { api, env } = await server()
    const result = await runAgent(['ask', 'q'], { env: { ...env, ANTHROPIC_API_KEY: 'sk-ant-trailing\n' } })
    expect([result.stdout, result.code]).toEqual(['The answer.\n', 0])
    expect(api.requests[0]?.headers.authorization).toBe('Bearer sk-ant-trailing')
    await endToEnd(result, { secrets: ['sk-ant-trailing'] })
  })
})

function folder(): string {
  const dir = makeRunFolder()
  writeFileSync(join(dir, 'work/bad.json'), '{\n  "modle": "x"\n}\n')
  return dir
}
