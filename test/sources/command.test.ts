import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openCommands, properties, type Sketch } from './open-commands.ts'

const sh = (script: string, more: Partial<Sketch> = {}): Sketch => ({ command: ['sh', '-c', script], ...more })
/** A program in JavaScript. */
const node = (script: string, more: Partial<Sketch> = {}): Sketch => ({
  command: [process.execPath, '-e', script],
  ...more,
})
const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output, truncated: false })
const failed = (code: string, message: unknown) => ({ status: 'failed', error: { code, message }, retryable: false })

async function outcomeOf(manifest: Sketch, input = {}) {
  const open = await openCommands(manifest)
  return open.call(input).outcome
}

describe('input', () => {
  it('S4 passes each value on as one argument, whatever a shell would make of it', async () => {
    const hostile = ['$HOME', '`id`', '; rm -rf x', '*', '-n', '--', "a'b", '', 'two words', 'line\nbreak', '&& false']
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))'
    const manifest: Sketch = {
      input_schema: properties('values'),
      command: [process.execPath, '-e', script, '--', '{values}'],
      output: 'json',
    }
    expect(await outcomeOf(manifest, { values: hostile })).toEqual(ok(hostile))
  })

  it('goes to stdin as one JSON document, and to placeholders as well', async () => {
    const manifest = sh('printf %s "$1 "; cat', { input: 'stdin', input_schema: properties('a') })
    const command = ['sh', '-c', 'printf "%s " "$1"; cat', 'sh', '{a}']
    const input = { a: 'x', b: ['ü', { __proto__x: null }] }
    expect(await outcomeOf({ ...manifest, command }, input)).toEqual(ok(`x ${JSON.stringify(input)}`))
  })

  it('is nothing at all where none is wanted: the program finds the end of its stdin', async () => {
    expect(await outcomeOf({ command: ['cat'] })).toEqual(ok(''))
  })

  it('that breaks the schema is told with path and reason, and the program does not run', async () => {
    const open = await openCommands({
      input_schema: { properties: { a: { type: 'array', items: { type: 'string' } } }, required: ['a'] },
      command: ['touch', '{dir}/ran'],
    })
    expect(await open.call({ a: ['x', 1] }).outcome).toMatchObject({
      status: 'invalid_input',
      error: { message: expect.stringMatching(/^input\.a\.1: .*number/) },
    })
    expect(existsSync(join(open.folder, 'ran'))).toBe(false)
  })

  it.each(['-rf', 'a\0b'])('S4 refuses the value %j as invalid input and names the property', async (value) => {
    expect(await outcomeOf({ input_schema: properties('a'), command: ['echo', '{a}'] }, { a: value })).toMatchObject({
      status: 'invalid_input',
      error: { message: expect.stringMatching(/^input\.a: (begins with "-"|holds a NUL)/) },
    })
  })
})

describe('output', () => {
  it('is text without the line breaks at its end', async () => {
    expect(await outcomeOf(sh('printf "a\\n b\\r\\n\\n"'))).toEqual({
      status: 'ok',
      output: 'a\n b',
      output_bytes: 4,
      truncated: false,
    })
  })

  it.each([
    ['{"a": [1, null], "__proto__": {"b": 1}}', JSON.parse('{"a": [1, null], "__proto__": {"b": 1}}'), 34],
    [' "ü" ', 'ü', 2],
    ['"\\ud800 \\\\ud800"', '\ufffd \\ud800', 10],
  ])('is JSON where it is declared: %s', async (text, output, output_bytes) => {
    const answer = await outcomeOf({ command: ['printf', '%s', text], output: 'json' })
    expect(answer).toEqual({ status: 'ok', output, output_bytes, truncated: false })
  })

  it.each([
    ['{"a": 1} trailing', '{"a": 1} trailing'],
    ['', 'nothing'],
    ["{'a': 1}", "{'a': 1}"],
    ['NaN', 'NaN'],
  ])('that should be JSON and is not fails the call and is quoted: %j', async (text, quoted) => {
    const answer = await outcomeOf({ command: ['printf', '%s', text], output: 'json' })
    expect(answer).toEqual(
      failed('bad_json', expect.stringMatching(/^"printf" was to print JSON \(.+\); it printed:\n/)),
    )
    expect(JSON.stringify(answer)).toContain(JSON.stringify(quoted).slice(1, -1))
  })

  it('that is nested too deep to be walked fails the call', async () => {
    const script = 'console.log("[".repeat(1e5) + "]".repeat(1e5))'
    expect(await outcomeOf(node(script, { output: 'json' }))).toMatchObject(
      failed('bad_json', expect.stringContaining('too deep')),
    )
  })

  it('T8 of a gigabyte on stdout and on stderr is kept in head and tail, and memory stays flat', async () => {
    const script = 'echo first; head -c 1000000000 /dev/zero; head -c 1000000000 /dev/zero >&2; echo last'
    const open = await openCommands(sh(script))
    const before = process.memoryUsage().rss
    const answer = await open.call().outcome
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
    expect(answer).toMatchObject({ status: 'ok', output_bytes: 1_000_000_010, truncated: true })
    const output = answer.status === 'ok' ? String(answer.output) : ''
    expect([output.slice(0, 6), output.slice(-5)]).toEqual(['first\n', '\0last'])
    expect(output).toContain('of 1000000011 bytes left out')
    expect(output.length).toBeLessThan(513 * 1024)
  })

  it('T8 that is JSON and too large becomes a text of its head and tail', async () => {
    const script = 'process.stdout.write(JSON.stringify("x".repeat(600000)))'
    const answer = await outcomeOf(node(script, { output: 'json' }))
    expect(answer).toMatchObject({ status: 'ok', output_bytes: 600_002, truncated: true })
    expect(answer).toMatchObject({
      output: expect.stringMatching(/^"x+\n\[\.\.\. \d+ of 600002 bytes left out \.\.\.\]\nx+"$/),
    })
  })

  it('on stderr is told to --debug only where the program succeeds, its last 4 KB', async () => {
    const open = await openCommands(sh('head -c 9000 /dev/zero | tr "\\0" x >&2; echo last words >&2; echo out'))
    expect(await open.call().outcome).toEqual(ok('out'))
    expect(open.notes).toEqual([expect.stringMatching(/^debug: one wrote to stderr: x+last words$/)])
    expect(open.notes[0]?.length).toBeLessThan(4200)
  })
})

describe('T10 a program that', () => {
  it('ends with another code than 0 fails with it and the last 4 KB of stderr', async () => {
    const answer = await outcomeOf(sh('head -c 9000 /dev/zero | tr "\\0" x >&2; echo last words >&2; exit 7'))
    expect(answer).toEqual(
      failed('exit_code', expect.stringMatching(/^"sh" ended with exit code 7; it said:\nx+last words$/)),
    )
    expect(JSON.stringify(answer).length).toBeLessThan(4300)
  })

  it('says on stdout what is wrong is quoted', async () => {
    const answer = await outcomeOf(sh('echo two tests fail; exit 1'))
    expect(answer).toEqual(failed('exit_code', '"sh" ended with exit code 1; it printed:\ntwo tests fail'))
  })

  it('is ended by a signal fails with its name', async () => {
    expect(await outcomeOf(sh('kill -9 $$'))).toEqual(failed('signal', '"sh" was ended by SIGKILL'))
  })

  it('is not there fails, and a script whose interpreter is not there says so', async () => {
    const missing = await outcomeOf({ command: ['no-such-program-here'] })
    expect(missing).toEqual(failed('not_found', '"no-such-program-here" was not found'))
    const open = await openCommands({ command: ['./one.sh'] }, { files: { 'one.sh': '#!/no/such/shell\n' } })
    expect(await open.call().outcome).toEqual(
      failed('not_found', `the program that the first line of "${open.folder}/one.sh" names was not found`),
    )
  })

  it('is not executable fails', async () => {
    const open = await openCommands({ command: ['./plain.txt'] })
    writeFileSync(join(open.folder, 'plain.txt'), 'echo x')
    expect(await open.call().outcome).toEqual(failed('not_executable', `"${open.folder}/plain.txt" is not executable`))
  })

  it('is given more than the system takes fails', async () => {
    const long = await outcomeOf({ input_schema: properties('a'), command: ['echo', '{a}'] }, { a: 'x'.repeat(5e6) })
    expect(long).toEqual(failed('not_started', expect.stringContaining('E2BIG')))
  })

  it('closes its stdin early costs nothing', async () => {
    const open = await openCommands(sh('exec <&-; echo read nothing', { input: 'stdin' }))
    expect(await open.call({ a: 'x'.repeat(1e6) }).outcome).toEqual(ok('read nothing'))
  })
})

describe('surroundings', () => {
  const env = 'console.log(JSON.stringify(process.env))'
  const config = {
    environment: { PATH: process.env['PATH'] ?? '', ALL: '1' },
    baseEnvironment: { PATH: process.env['PATH'] ?? '', BASE: '1' },
    variables: { OTHER: '1', WANTED: 'w' },
  }

  it('S2 a command gets the environment of tools, and nothing else of ours', async () => {
    process.env['AGENT_TEST_CANARY'] = 'canary'
    const open = await openCommands(node(env, { output: 'json' }), { config })
    const answer = await open.call().outcome
    delete process.env['AGENT_TEST_CANARY']
    expect(answer).toEqual(ok(config.environment))
  })

  it('S2 with an "env" it gets the base and what it names, where that is set', async () => {
    const open = await openCommands(node(env, { output: 'json', env: ['WANTED', 'UNSET'] }), { config })
    expect(await open.call().outcome).toEqual(ok({ ...config.baseEnvironment, WANTED: 'w' }))
  })

  it('the folder is where agent was started, or the one that the manifest names', async () => {
    expect(await outcomeOf({ command: ['pwd', '-P'] })).toEqual(ok(process.cwd()))
    const open = await openCommands({ command: ['pwd'], cwd: '.' })
    expect(await open.call().outcome).toMatchObject({ status: 'ok', output: expect.stringMatching(/commands-\w+$/) })
    const absent = await openCommands({ command: ['pwd'], cwd: '{dir}/no/such' })
    expect(await absent.call().outcome).toEqual(
      failed('no_folder', `its folder "${absent.folder}/no/such" does not exist`),
    )
  })
})
