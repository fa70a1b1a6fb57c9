/**
 * The README begins with what can be typed, its tables of flags and commands are those of the program, and
 * it is short enough to be read.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { EXIT } from '../src/contract/error.ts'
import { ANSWER_OPTIONS } from '../src/flags-answer-options.ts'
import { JOURNAL_OPTIONS } from '../src/flags-journal-options.ts'
import {
  FAIL_OPTION,
  LIMIT_OPTIONS,
  MODEL_OPTIONS,
  OTHER_OPTIONS,
  OUTPUT_OPTIONS,
  TOOL_OPTIONS,
} from '../src/flags-options.ts'
import { POLICY_OPTIONS } from '../src/flags-policy-options.ts'
import { REPLAY_OPTIONS } from '../src/flags-replay-options.ts'
import { CONTINUE_OPTION } from '../src/flags-resume-options.ts'
import { TRACE_OPTIONS } from '../src/flags-trace-options.ts'
import { EXAMPLES } from '../src/help.ts'
import { cells, code, PAGES, README, ROOT, sessions, table, tableOfFlags } from './docs-pages.ts'
import { runAgent } from './rig/run-agent.ts'

/** Of `agent ask`, as the program declares them. */
const OPTIONS = [
  ...[...MODEL_OPTIONS, ...TOOL_OPTIONS, FAIL_OPTION, ...POLICY_OPTIONS, ...LIMIT_OPTIONS],
  ...[...OUTPUT_OPTIONS, ...ANSWER_OPTIONS, ...JOURNAL_OPTIONS, CONTINUE_OPTION, ...REPLAY_OPTIONS],
  ...[...TRACE_OPTIONS, ...OTHER_OPTIONS],
]

describe('the README', () => {
  it('begins with two commands that a fresh clone can run', () => {
    const [first, second] = README.split('\n').filter((line) => line.startsWith('    npm ci && '))
    expect(first).toMatch(/npx agent ask --offline "/)
    expect(second).toBe('    npm ci && npm test')
    expect(packageJson.bin).toHaveProperty('agent')
    expect(packageJson.scripts).toHaveProperty('test')
    expect(`Node ${packageJson.engines.node.replace('>=', '')} or newer`).toBe(README.match(/Node \S+ or newer/)?.[0])
  })

  it('fits into 200 lines besides its table of flags', () => {
    expect(README.replace(tableOfFlags(), '').split('\n').length).toBeLessThanOrEqual(200)
  })

  it('has ten examples that are run', () => {
    const titles = sessions().flatMap(({ page, title }) => (page.path === 'README.md' ? [title] : []))
    expect(titles.map((title) => Number(/^# (\d+)\. /.exec(title)?.[1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('has the table of flags that docs/make-flags.mjs makes', () => {
    const made = execFileSync(process.execPath, [join(ROOT, 'docs', 'make-flags.mjs'), '--print'], { encoding: 'utf8' })
    expect(tableOfFlags()).toBe(made)
  })

  it('has every flag of agent ask in that table, in the words of the program', () => {
    const listed = tableOfFlags().trimEnd().split('\n').slice(2).map(cells)
    expect(listed.map(([, flags, does]) => [code(flags)[0], does])).toEqual([
      ...OPTIONS.map(({ flags, description }) => [flags, description]),
      ['-h, --help', 'print this help'],
    ])
    const groups = OPTIONS.flatMap(({ group }) => (group === undefined ? [] : [group.replace(/( \(.*)?:$/, '')]))
    expect(listed.map(([group]) => group).filter((group) => group !== '')).toEqual(groups)
  })

  it('has every command', async () => {
    const { stdout } = await runAgent(['--help'])
    const commands = /\nCommands:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? ''
    const names = [...commands.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => `agent ${name}`)
    expect(table('Commands').map(([command]) => code(command)[0])).toEqual(
      names.filter((name) => name !== 'agent help'),
    )
  })

  it('has every exit code', () => {
    const line = /^\*\*Exit codes\*\*: ([\s\S]*?)\. /m.exec(README)?.[1] ?? ''
    const numbers = line.split('·').flatMap((part) => part.match(/\d+/g) ?? [])
    expect(numbers.map(Number)).toEqual(
      Object.values(EXIT)
        .filter((exit) => exit !== EXIT.bug)
        .sort((a, b) => a - b),
    )
  })

  it('says where completion goes as its help does', async () => {
    const { stdout } = await runAgent(['completion', '--help'])
    const told = [...stdout.matchAll(/^ {2}(eval .*?) {2,}in (\S+?)(?:, (after \w+))?$/gm)]
    expect(told.length).toBe(2)
    const flat = README.replaceAll('\n', ' ')
    for (const [, typed, file, after] of told)
      expect(flat).toContain(`\`${typed}\` in \`${file}\`${after ? ` ${after.replace(/\w+$/, '`$&`')}` : ''}`)
  })

  it('has the examples of the help among those that are typed', async () => {
    const { stdout } = await runAgent(['ask', '--help'])
    expect(stdout).toContain(EXAMPLES)
  })
})

describe('the CHANGELOG', () => {
  it('begins with the version of the package, and the day of its release', () => {
    const [first] = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').match(/^## .*$/m) ?? []
    expect(first).toMatch(new RegExp(`^## \\[${packageJson.version}\\] - \\d{4}-\\d\\d-\\d\\d$`))
  })
})

describe('CONTRIBUTING', () => {
  const contributing = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')

  it('fits on one screen', () => {
    const lines = contributing.split('\n')
    expect(lines.length).toBeLessThanOrEqual(50)
    expect(lines.filter((line) => line.length > 100)).toEqual([])
  })

  it('names scripts that there are, as the pages do', () => {
    const named = [...PAGES.map(({ text }) => text), contributing].flatMap((text) => [
      ...text.matchAll(/npm run ([\w:-]+)/g),
    ])
    expect(named.filter(([, script = '']) => !(script in packageJson.scripts))).toEqual([])
    expect(named.length).toBeGreaterThan(2)
  })
})
