import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTranscriptFold } from '../../src/contract/transcript-fold.ts'
import { readJournal } from '../../src/journal/read.ts'
import { sideFolder } from '../../src/journal/side-file.ts'
import { endToEnd } from '../rig/auditor.ts'
import { AGENT, CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { toolSource } from './asking.ts'

const QUESTION = 'weather in SF, NYC, Tokyo'
const stateOf = (dir: string) => join(dir, 'home', '.local', 'state', 'agent', 'runs')
const journalsOf = (dir: string) => readdirSync(stateOf(dir)).filter((name) => name.endsWith('.jsonl'))

describe('the journal of a run', () => {
  it('reads back to the very transcript that was printed, and nobody else can read it', async () => {
    const dir = makeRunFolder()
    const result = await runAgent(['ask', '--offline', '--json', `${QUESTION} ${CANARY_KEY}`], { dir })
    const [name = ''] = journalsOf(dir)
    const { events, torn, header } = await readJournal(join(stateOf(dir), name))
    const fold = openTranscriptFold()
    for (const event of events) fold.add(event)
    expect([fold.transcript(), torn]).toEqual([result.json(), false])
    expect(header).toMatchObject({ run_id: result.json().run_id, model: 'offline', flags: { offline: true } })
    expect((statSync(join(stateOf(dir), name)).mode & 0o777).toString(8)).toBe('600')
    expect((statSync(stateOf(dir)).mode & 0o777).toString(8)).toBe('700')
    expect(readdirSync(stateOf(dir))).toEqual([name])
    expect(readFileSync(join(stateOf(dir), name), 'utf8')).not.toContain(CANARY_KEY)
    await endToEnd(result)
  })

  it('is not kept with --no-journal, nor where the config file says so', async () => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work', 'settings.json'), '{ "journal": false }')
    await runAgent(['ask', '--offline', '--no-journal', QUESTION], { dir })
    await runAgent(['ask', '--offline', '--config', 'settings.json', QUESTION], { dir })
    await runAgent(['ask', '--offline', '--dry-run', QUESTION], { dir })
    expect(existsSync(stateOf(dir))).toBe(false)
  })

  it('goes to the file of --journal, which must be new', async () => {
    const dir = makeRunFolder()
    const first = await runAgent(['ask', '--offline', '--journal', 'mine.jsonl', QUESTION], { dir })
    expect([first.code, existsSync(join(dir, 'work', 'mine.jsonl')), existsSync(stateOf(dir))]).toEqual([
      0,
      true,
      false,
    ])
    const second = await runAgent(['ask', '--offline', '--journal', 'mine.jsonl', QUESTION], { dir })
    expect(second.code).toBe(2)
    expect(second.stderr).toMatch(/--journal: ".*mine\.jsonl" exists\nhint: agent resume ".*mine\.jsonl"/)
    await endToEnd(second)
  })

  it.each(['normal', 'strict', 'off'])('is whole with --durability %s', async (durability) => {
    const dir = makeRunFolder()
    const result = await runAgent(['ask', '--offline', '--durability', durability, '--json', QUESTION], { dir })
    expect((await readJournal(join(stateOf(dir), journalsOf(dir)[0] ?? ''))).events.at(-1)?.type).toBe('run_end')
    expect(result.code).toBe(0)
  })

  it('ends the run with 12 where it cannot be written, and says so', async () => {
    const dir = makeRunFolder()
    const file = join(dir, 'work', 'mine.jsonl')
    const script = limitedTo(dir, 4)
    const result = await runAgent(['ask', '--offline', '--json', '--journal', file, QUESTION], { dir, script })
    expect([result.code, JSON.parse(result.stdout).error.code]).toEqual([12, 'journal-unwritable'])
    expect(result.stderr).toContain('mine.jsonl')
    await endToEnd(result)
  })

  it.each(['normal', 'strict'])(
    'ends it with 12 whatever is the last record that fits, --durability %s',
    async (how) => {
      for (const padding of process.env['FULL'] === '1' ? [1, 120, 240, 360, 480] : [1, 300]) {
        const dir = makeRunFolder()
        const file = join(dir, 'work', 'mine.jsonl')
        const rest = ['--durability', how, '--system', '-'.repeat(padding), '--journal', file, QUESTION]
        await runAgent(['ask', '--offline', ...rest], { dir })
        const { size } = statSync(file)
        rmSync(file)
        // Times have more digits or fewer.
        const script = limitedTo(dir, Math.floor((size - 100) / 1024))
        const result = await runAgent(['ask', '--offline', '--json', ...rest], { dir, script })
        const { exit_code, error } = JSON.parse(result.stdout)
        expect([result.code, exit_code, error.code]).toEqual([12, 12, 'journal-unwritable'])
        await endToEnd(result)
      }
    },
  )

  it.skipIf(!existsSync('/dev/full'))('ends the run with 12 on a full device, before the model is asked', async () => {
    const result = await runAgent(['ask', '--offline', '--json', '--journal', '/dev/full', QUESTION])
    expect([result.code, result.json().error?.code, result.json().turns]).toEqual([12, 'journal-unwritable', []])
    expect(result.stderr).toContain('no space left on device')
    await endToEnd(result)
  })

  it('C10 is not kept in a home that cannot be written: a warning, and the run goes on', async () => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'home', '.local'), 'no folder')
    const result = await runAgent(['ask', '--offline', QUESTION], { dir })
    expect(result.code).toBe(0)
    expect(result.stderr).toContain('warning: no journal is kept')
    await endToEnd(result)
  })

  it('S11 is not written through a link', async () => {
    const dir = makeRunFolder()
    mkdirSync(join(dir, 'home', '.local', 'state', 'agent'), { recursive: true })
    mkdirSync(join(dir, 'elsewhere'))
    symlinkSync(join(dir, 'elsewhere'), stateOf(dir))
    const result = await runAgent(['ask', '--offline', QUESTION], { dir })
    expect([result.code, readdirSync(join(dir, 'elsewhere'))]).toEqual([3, []])
    await endToEnd(result)
  })

  it('outlives its folder: the run goes on when that is taken away', async () => {
    const dir = makeRunFolder()
    const gone = `import('node:fs').then(({ rmSync }) => rmSync(${JSON.stringify(stateOf(dir))}, { recursive: true }))`
    writeFileSync(join(dir, 'work', 'tool.mjs'), toolSource('tool', `await ${gone}; return 'gone'`))
    const result = await runAgent(['ask', '--offline', '-t', 'tool.mjs', 'tool({})'], { dir })
    expect([result.code, result.stdout]).toEqual([0, '- tool: gone\n'])
  })

  it('keeps results over 64 KiB in a file beside it', async () => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work', 'tool.mjs'), toolSource('tool', "return 'x'.repeat(100_000)"))
    const result = await runAgent(['ask', '--offline', '--json', '-t', 'tool.mjs', 'tool({})'], { dir })
    const path = join(stateOf(dir), journalsOf(dir)[0] ?? '')
    const [side = ''] = readdirSync(sideFolder(path))
    expect(statSync(join(sideFolder(path), side)).size).toBeGreaterThan(100_000)
    const fold = openTranscriptFold()
    for (const event of (await readJournal(path)).events) fold.add(event)
    expect(fold.transcript()).toEqual(result.json())
  })
})

describe('agent runs', () => {
  it('lists the newest first, shows one, and removes one', async () => {
    const dir = makeRunFolder()
    const first = (await runAgent(['ask', '--offline', '--json', 'weather in SF'], { dir })).json()
    const second = (await runAgent(['ask', '--offline', '--json', 'hello'], { dir })).json()
    const rows = JSON.parse((await runAgent(['runs', 'list', '--json'], { dir })).stdout)
    expect(rows).toMatchObject([
      { run_id: second.run_id, status: 'incomplete', exit_code: 7, question: 'hello', model: 'offline' },
      { run_id: first.run_id, status: 'completed', exit_code: 0, cost_usd: 0, path: expect.stringContaining('.jsonl') },
    ])
    const list = await runAgent(['runs', 'list'], { dir })
    expect(list.stdout.split('\n')[1]).toMatch(
      new RegExp(`^${first.run_id} {2}\\d\\d-\\d\\d \\d\\d:\\d\\d {2}completed .* weather in SF$`),
    )
    const prefix = String(first.run_id)
    expect(JSON.parse((await runAgent(['runs', 'show', prefix, '--json'], { dir })).stdout)).toEqual(first)
    expect((await runAgent(['runs', 'show', prefix], { dir })).stdout).toContain(
      'turn 1: get_weather {"location":"SF"}: ok',
    )
    expect((await runAgent(['runs', 'rm', prefix, prefix], { dir })).code).toBe(0)
    expect(journalsOf(dir)).toEqual([`${second.run_id}.jsonl`])
  })

  it('tells a damaged journal and an unfinished run apart, and removes no file that is not its own', async () => {
    const dir = makeRunFolder()
    await runAgent(['ask', '--offline', QUESTION], { dir })
    const path = join(stateOf(dir), journalsOf(dir)[0] ?? '')
    const whole = readFileSync(path, 'utf8')
    writeFileSync(path, whole.split('\n').slice(0, -2).join('\n').concat('\n'))
    const statusNow = async () => JSON.parse((await runAgent(['runs', 'list', '--json'], { dir })).stdout)[0].status
    expect(await statusNow()).toBe('unfinished')
    writeFileSync(path, 'nonsense\n')
    expect(await statusNow()).toBe('damaged')
    const foreign = join(dir, 'work', 'foreign.jsonl')
    writeFileSync(foreign, whole)
    const refused = await runAgent(['runs', 'rm', foreign], { dir })
    expect([refused.code, existsSync(foreign)]).toEqual([2, true])
    await endToEnd(refused)
  })
})

/** Starts the command with a limit on the size of files: writes beyond it fail as on a full disk. */
function limitedTo(dir: string, kibibytes: number): string {
  const script = join(dir, 'limited.mjs')
  const source = `import { spawnSync } from 'node:child_process'
const limited = 'trap "" XFSZ; ulimit -f ${kibibytes}; exec "$0" "$@"'
const args = ['-c', limited, process.execPath, ${JSON.stringify(AGENT)}, ...process.argv.slice(2)]
process.exit(spawnSync('bash', args, { stdio: 'inherit' }).status ?? 1)
`
  writeFileSync(script, source)
  return script
}
