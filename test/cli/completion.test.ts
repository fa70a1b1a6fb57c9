/** `agent completion`: the scripts, in the shells that they are for. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runsFolderOf } from '../../src/config-journal.ts'
import { endToEnd } from '../rig/auditor.ts'
import { isProgramRun } from '../rig/requirement.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { completionsIn, hasShell, openShell, SHELLS, shellVariables } from '../rig/shells.ts'

const SCRIPT = join(import.meta.dirname, '..', '..', 'src', 'commands', 'completion')
/** A screen with nothing but a prompt. */
const EMPTY = /^> *$/
const HARMFUL = '$(touch hit)`touch hit`'

/** What is answered to a line, without its first line. */
const answered = async (line: string, options: { dir?: string; word?: string } = {}): Promise<string[]> => {
  const { dir = makeRunFolder(), word } = options
  const env = { ...shellVariables(dir), ANTHROPIC_API_KEY: undefined }
  const result = await runAgent(
    ['complete', word === undefined ? 'fish' : 'bash', line, ...(word === undefined ? [] : [word])],
    {
      dir,
      env,
    },
  )
  expect([result.code, result.stderr]).toEqual([0, ''])
  return result.stdout.split('\n').slice(1, -1)
}
const words = (lines: readonly string[]) => lines.map((line) => line.split('\t')[0])

/** Two runs, the newer one last. */
async function withRuns(): Promise<{ dir: string; ids: string[]; folder: string }> {
  const dir = makeRunFolder()
  const env = shellVariables(dir)
  for (const question of ['weather in SF', `time in Lima ${HARMFUL} \u001b[31mred\u001b[0m`])
    expect((await runAgent(['ask', '--offline', question], { dir, env })).code).toBe(0)
  const ids = words(await answered('agent runs rm ', { dir })).slice(1) as string[]
  return { dir, ids, folder: runsFolderOf(env) ?? '' }
}

/** A folder whose files and tools have names that would run, were they ever evaluated. */
function withHarmfulNames(dir = makeRunFolder()): string {
  const work = join(dir, 'work')
  const tool = (name: string, description = `Says ${HARMFUL} 100% 'x' "y" \\z: \u001b[31mred`) => ({
    name,
    description,
  })
  writeFileSync(
    join(work, 'evil.tool.json'),
    JSON.stringify([tool(HARMFUL), tool('with space'), tool(`quo'te"`), tool('get_good')]),
  )
  writeFileSync(join(work, `${HARMFUL}.json`), '{}')
  return dir
}

describe('agent completion', () => {
  it.each(SHELLS)('prints the script for %s', async (shell) => {
    const result = await runAgent(['completion', shell], { env: { ANTHROPIC_API_KEY: undefined } })
    const file = readFileSync(join(SCRIPT, `agent.${shell}`), 'utf8')
    expect([result.code, result.stdout, result.stderr]).toEqual([0, file, ''])
    await endToEnd(result)
  })

  it.each([
    [[], 'agent: for which shell? there are bash, zsh, fish'],
    [['tcsh'], 'agent: no completions for "tcsh": there are bash, zsh, fish'],
  ])('says of %j which shells there are, with exit 2', async (shells, line) => {
    const result = await runAgent(['completion', ...shells])
    expect([result.code, result.stdout, result.stderr]).toEqual([2, '', `${line}\nhint: agent completion bash\n`])
  })

  it('answers with words that need no quotes, and what they are', async () => {
    expect(await answered('agent vi')).toEqual(['view\tlook at a run: a waterfall, a page, a trace'])
    expect(await answered('agent ask --only=get_time,get_w')).toEqual([
      expect.stringMatching(/^--only=get_time,get_weather\tCurrent weather at one place/),
    ])
    expect(words(await answered('agent ask --slots threads=2,'))).toEqual([
      'threads=2,threads=',
      'threads=2,commands=',
      'threads=2,mcp=',
    ])
    expect(words(await answered('agent ask --tool-timeout get_w'))).toEqual(['get_weather='])
  })

  it('answers bash with what stands behind the last = only', async () => {
    expect(words(await answered('agent ask --effort=h', { word: 'h' }))).toEqual(['high'])
    expect(words(await answered('agent ask --effort=h', { word: '--effort=h' }))).toEqual(['--effort=high'])
    expect(words(await answered('agent ask --tool-timeout=get_w', { word: 'get_w' }))).toEqual(['get_weather='])
  })

  it('knows the tools that ship, and those that named files declare as JSON', async () => {
    const dir = withHarmfulNames()
    const shipped = words(await answered('agent tools call '))
    expect(shipped).toEqual(expect.arrayContaining(['get_weather', 'calculate', 'run_command', 'disk_usage']))
    expect(words(await answered('agent tools call -t evil.tool.json ', { dir }))).toEqual([...shipped, 'get_good'])
    expect(words(await answered('agent tools call --no-builtins --tools=evil.tool.json ', { dir }))).toEqual([
      'get_good',
    ])
    writeFileSync(join(dir, 'home', 'set.json'), '{ "tool_paths": ["../work/evil.tool.json"], "no such key": 1 }')
    const line = 'agent ask --no-builtins --config ~/set.json --deny '
    expect(await answered(line, { dir })).toEqual([`get_good\tSays ${HARMFUL} 100% 'x' "y" \\z: red`])
  })

  it('runs no tool file and reads no config of the folder it is in', async () => {
    const dir = makeRunFolder()
    const work = join(dir, 'work')
    writeFileSync(join(work, 'tool.mjs'), `import { writeFileSync } from 'node:fs'\nwriteFileSync('hit', '')`)
    writeFileSync(join(work, 'agent.json'), '{ "tool_paths": ["evil.tool.json"] }')
    withHarmfulNames(dir)
    expect(words(await answered('agent tools call -t tool.mjs get_', { dir }))).toEqual(['get_time', 'get_weather'])
    expect(existsSync(join(work, 'hit'))).toBe(false)
  })

  it('knows the runs, the newest first, and what was asked', async () => {
    const { dir, ids, folder } = await withRuns()
    expect(ids).toEqual([...ids].sort().reverse())
    writeFileSync(join(folder, `${HARMFUL}.jsonl`), '')
    writeFileSync(join(folder, `${'0'.repeat(26)}.jsonl`), 'no journal')
    mkdirSync(join(folder, 'a folder'))
    for (const line of ['agent resume ', 'agent view ', 'agent runs show ', 'agent ask --continue ']) {
      const lines = await answered(line, { dir })
      expect(words(lines)).toEqual(['last', ...ids, '0'.repeat(26)])
      expect(lines[1]).toMatch(/\t\d\d-\d\d \d\d:\d\d time in Lima \$\(touch hit\)`touch hit` red$/)
      expect(lines[2]).toMatch(/ weather in SF$/)
    }
    expect(words(await answered(`agent resume ${ids[0]?.slice(0, -1)}`, { dir }))).toEqual([ids[0]])
  })

  it('is silent where something is wrong', async () => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'home', 'set.json'), '{ no JSON')
    expect(words(await answered('agent tools call --config ~/set.json -t nowhere get_t', { dir }))).toEqual([
      'get_time',
    ])
    expect(await answered('agent nonsense --what "an open quote', { dir })).toEqual([])
    expect(await answered("agent ask --config 'a\nb", { dir })).toEqual([])
  })

  it.skipIf(!isProgramRun('bash'))('is asked by the function of bash, under any of its options', () => {
    const dir = makeRunFolder()
    expect(completionsIn('bash', 'agent vi', dir)).toEqual(['view'])
    expect(completionsIn('bash', 'agent ask --effort=h', dir)).toEqual(['high'])
    expect(completionsIn('bash', 'agent ask -- é --eff', dir)).toEqual([])
    expect(completionsIn('bash', 'agent ask é "ü ö" --eff', dir)).toEqual(['--effort'])
  })

  it.skipIf(!isProgramRun('fish'))('is asked by fish, with what each word is', () => {
    const dir = withHarmfulNames()
    expect(completionsIn('fish', 'agent vie', dir)).toEqual(['view\tlook at a run: a waterfall, a page, a trace'])
    expect(completionsIn('fish', 'agent ask --effort=h', dir)).toEqual(['--effort=high'])
    expect(completionsIn('fish', 'agent ask --config=evil', dir)).toEqual(['--config=evil.tool.json'])
    expect(completionsIn('fish', 'agent ask --system @ev', dir)).toEqual(['@evil.tool.json'])
    expect(completionsIn('fish', `agent ask '${HARMFUL}' (touch hit) --eff`, dir)).toHaveLength(1)
    expect(existsSync(join(dir, 'work', 'hit'))).toBe(false)
  })

  describe.each(SHELLS)('at a Tab in %s (needs tmux)', (shell) => {
    it.skipIf(!hasShell(shell))('completes commands, flags, values, names of tools and of files', async () => {
      const dir = makeRunFolder()
      mkdirSync(join(dir, 'work', 'folder'))
      writeFileSync(join(dir, 'work', 'one file.json'), '{}')
      writeFileSync(join(dir, 'home', 'forecast.json'), '{}')
      const window = await openShell(shell, dir)
      const quoted = 'one\\ file.json'
      for (const [typed, shown] of [
        ['agent vi', 'agent view'],
        ['agent ask --eff', 'agent ask --effort'],
        ['agent ask --effort=h', 'agent ask --effort=high'],
        ['agent ask --only get_time,get_w', 'agent ask --only get_time,get_weather'],
        ['agent ask --tool-timeout get_w', 'agent ask --tool-timeout get_weather='],
        ['agent tools call calc', 'agent tools call calculate'],
        ['FOO=1 agent completion f', 'FOO=1 agent completion fish'],
        ['echo q | agent ask --config one', `echo q | agent ask --config ${quoted}`],
        ['agent ask --config=one', `agent ask --config=${quoted}`],
        ['agent ask --config ~/fore', 'agent ask --config ~/forecast.json'],
        ['agent ask --root ', 'agent ask --root folder/'],
        ['agent ask é --file "one f', 'agent ask é --file "one file.json'],
        ['agent ask q > one', `agent ask q > ${quoted}`],
      ] as const) {
        window.press('-l', typed)
        window.press('Tab')
        await window.until(`> ${shown}`)
        window.press('C-u', 'C-l')
        await window.until(EMPTY)
      }
    })

    it.skipIf(!hasShell(shell))('runs nothing of what is typed or answered', async () => {
      const { dir } = await withRuns()
      const window = await openShell(shell, withHarmfulNames(dir))
      for (const [typed, shown] of [
        ['agent ask "$(touch hit)" --eff', '--effort'],
        ['agent tools call -t evil.tool.json get_g', 'get_good'],
        ['agent tools call -t evil.tool.json ', /calculate[\s\S]*get_good/],
        ['agent runs show ', 'last'],
        ['agent ask --config ', 'evil.tool.json'],
        ["agent ask --config '$", '(touch hit)'],
      ] as const) {
        window.press('-l', typed)
        window.press('Tab')
        await window.until(shown)
        window.press('C-u', 'C-l')
        await window.until(EMPTY)
      }
      expect(existsSync(join(dir, 'work', 'hit'))).toBe(false)
    })
  })
})
