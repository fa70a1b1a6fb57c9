import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'

const QUESTION = 'weather in SF, NYC, Tokyo'
const stateOf = (dir: string) => join(dir, 'home', '.local', 'state', 'agent', 'runs')

/** A folder in which the question was asked once; its document is in `run.json`, its events in `run.jsonl`. */
async function asked() {
  const dir = makeRunFolder()
  const json = await runAgent(['ask', '--offline', '--json', '-o', 'run.json', QUESTION], { dir })
  await runAgent(['ask', '--offline', '--jsonl', '-o', 'events.jsonl', '--no-journal', QUESTION], { dir })
  const [journal = ''] = readdirSync(stateOf(dir)).filter((name) => name.endsWith('.jsonl'))
  return { dir, json, journal: join(stateOf(dir), journal), id: journal.replace('.jsonl', '') }
}

describe('agent ask --timings', () => {
  it('draws the run on stderr beside the answer', async () => {
    const result = await runAgent(['ask', '--offline', '--timings', '-q', QUESTION], { env: { COLUMNS: '70' } })
    expect(result.stdout).toMatch(/^- San Francisco: /)
    const lines = result.stderr.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^turn 1 {2}model .*█/)
    expect(lines.slice(1, 4).map((line) => line.slice(0, 17))).toEqual([
      '  get_weather SF ',
      '  get_weather NYC',
      '  get_weather Tok',
    ])
    expect(lines.at(-1)).toMatch(/speed-up .* 3 at once/)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70)
    await endToEnd(result)
  })

  it('leaves a document on stdout alone, and says nothing of a run that never began', async () => {
    const json = await runAgent(['ask', '--offline', '--timings', '--json', QUESTION])
    expect(json.json().status).toBe('completed')
    expect(json.stderr).toContain('turn 1  model')
    const none = await runAgent(['ask', '--offline', '--timings', '-q', '-t', 'none.mjs', 'q'])
    expect([none.code, none.stderr]).toEqual([3, expect.stringMatching(/^agent: .*none\.mjs.*\nhint: .*\n$/)])
    await endToEnd(json)
  })
})

describe('agent view', () => {
  it.each([
    ['the last run', []],
    ['last', ['last']],
    ['a journal elsewhere', ['copy.jsonl']],
    ['a document of --json', ['run.json']],
    ['lines of --jsonl', ['events.jsonl']],
  ])('draws %s', async (_, args) => {
    const { dir, journal } = await asked()
    writeFileSync(join(dir, 'work', 'copy.jsonl'), readFileSync(journal))
    const result = await runAgent(['view', ...args], { dir })
    expect([result.code, result.stderr]).toEqual([0, ''])
    const lines = result.stdout.trimEnd().split('\n')
    expect(lines.slice(0, 3)).toEqual([QUESTION, 'completed · offline', ''])
    expect(lines.filter((line) => line.startsWith('  get_weather '))).toHaveLength(3)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    await endToEnd(result)
  })

  it('finds a run by the beginning of its id, and prints its transcript', async () => {
    const { dir, id } = await asked()
    const result = await runAgent(['view', id, '--json'], { dir })
    expect(result.stdout).toBe(readFileSync(join(dir, 'work', 'run.json'), 'utf8'))
    await endToEnd(result)
  })

  it('reads a document from stdin, as a pipeline hands it over', async () => {
    const { dir } = await asked()
    const result = await runAgent(['view', '-'], { dir, stdin: { text: readFileSync(join(dir, 'work', 'run.json')) } })
    expect(result.stdout.split('\n')[0]).toBe(QUESTION)
    await endToEnd(result)
  })

  it('writes to a file with -o, without colours', async () => {
    const { dir } = await asked()
    const result = await runAgent(['view', '-o', 'picture.txt'], { dir })
    expect([result.stdout, existsSync(join(dir, 'work', 'picture.txt'))]).toEqual(['', true])
    expect(readFileSync(join(dir, 'work', 'picture.txt'), 'utf8')).not.toContain('\x1b')
    await endToEnd(result)
  })

  it.each([
    ['--html', /^<!doctype html>[\s\S]*weather in SF, NYC, Tokyo[\s\S]*<\/html>\n$/i],
    ['--perfetto', /^\{"traceEvents":\[/],
    ['--atif', /^\{\n {2}"schema_version": "ATIF-/],
  ])('makes what else there is of a run: %s', async (flag, whole) => {
    const { dir } = await asked()
    const result = await runAgent(['view', 'run.json', flag], { dir })
    expect([result.code, result.stderr]).toEqual([0, ''])
    expect(result.stdout).toMatch(whole)
    await endToEnd(result)
  })

  it('fits itself to COLUMNS, and to 80 columns where that says nothing', async () => {
    const { dir } = await asked()
    const widest = async (COLUMNS: string) => {
      const { stdout } = await runAgent(['view'], { dir, env: { COLUMNS } })
      return Math.max(...stdout.split('\n').map((line) => line.length))
    }
    expect(await widest('40')).toBeLessThanOrEqual(40)
    expect(await widest('200')).toBeGreaterThan(100)
    expect(await widest('wide')).toBeLessThanOrEqual(80)
    expect(await widest('3')).toBeGreaterThan(40)
  })

  it('S3 shows no secret that is known in the environment', async () => {
    const dir = makeRunFolder()
    const env = { SERVICE_TOKEN: 'correct-horse-battery' }
    await runAgent(['ask', '--offline', '--json', 'calculate({"expression": "correct-horse-battery"})'], { dir, env })
    const result = await runAgent(['view'], { dir, env })
    expect(result.stdout).toContain('calculate')
    expect(result.stdout).not.toContain('correct-horse-battery')
  })

  it.each([
    ['no runs', [], 3, 'there are no runs'],
    ['no such file', ['./none.json'], 3, 'none.json'],
    ['no run of that name', ['01JX'], 3, 'there is no run "01JX"'],
    ['an empty file', ['empty.json'], 3, 'is empty'],
    ['some other JSON', ['other.json'], 3, 'is no transcript: version'],
    ['a later version', ['later.json'], 3, 'is a transcript of version 9, and 1 is known here'],
    ['some text', ['text.txt'], 3, 'is neither a journal nor a document of --json or --jsonl'],
    ['a folder', ['.'], 3, 'is a directory'],
    ['two pictures', ['--html', '--atif'], 2, '--html and --atif exclude each other'],
    ['a picture and a document', ['--html', '--json'], 2, '--html and --json exclude each other'],
    ['two runs', ['a', 'b'], 2, 'too many arguments'],
  ])('says in one line what is wrong: %s', async (_, args, code, said) => {
    const dir = makeRunFolder()
    const files = {
      'empty.json': ' \n',
      'other.json': '{"name":"x"}',
      'later.json': '{"version":9}',
      'text.txt': 'hello',
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, 'work', name), text)
    const result = await runAgent(['view', ...args], { dir })
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(said)
    await endToEnd(result)
  })
})
