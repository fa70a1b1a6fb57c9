/** The manual page that the build makes: it says what `--help` says, and formatters have nothing to complain of. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { EXIT } from '../../src/contract/error.ts'
import { isProgramRun } from '../rig/requirement.ts'
import { runAgent } from '../rig/run-agent.ts'

const root = join(import.meta.dirname, '..', '..')
const PAGE = join(root, packageJson.man)
const COMMANDS = [
  ['ask'],
  ['resume'],
  ['view'],
  ['runs', 'list'],
  ['runs', 'show'],
  ['runs', 'rm'],
  ['tools', 'list'],
  ['tools', 'call'],
  ['tools', 'check'],
  ['schema'],
  ['doctor'],
  ['completion'],
]

/** As a reader sees it, one line a paragraph; headings begin with `#`. */
function pageText(): string {
  return readFileSync(PAGE, 'utf8')
    .replace(/\\f[BIR]/g, '')
    .replace(/\\\((\w\w)/g, (_, name: string) => ({ ti: '~', ha: '^', ga: '`', aq: "'", dq: '"' })[name] ?? '?')
    .replaceAll('\\-', '-')
    .replaceAll('\\&', '')
    .replaceAll('\\e', '\\')
    .replace(/^\.S[HS] "(.*)"$/gm, '# $1')
    .replace(/^\.[BI] /gm, '')
}

const sectionsOf = (page: string) =>
  new Map(page.split(/^# /m).map((part) => [part.split('\n', 1)[0] ?? '', part.slice(part.indexOf('\n'))]))

describe('the manual page', () => {
  it('is in the package, under its version and no date', () => {
    expect(packageJson.files).toContain(packageJson.man.split('/')[0])
    expect(readFileSync(PAGE, 'utf8').split('\n', 1)).toEqual([
      `.TH AGENT 1 "" "agent\\-ask ${packageJson.version}" "User Commands"`,
    ])
    expect(existsSync(join(root, 'dist', 'described'))).toBe(false)
  })

  it('has the sections that readers look for', () => {
    const titles = readFileSync(PAGE, 'utf8').match(/(?<=^\.SH ").*(?="$)/gm)
    expect(titles).toEqual(
      'NAME,SYNOPSIS,DESCRIPTION,COMMANDS,OPTIONS,EXIT STATUS,ENVIRONMENT,FILES,EXAMPLES,SEE ALSO'.split(','),
    )
  })

  it('holds every command, and every option of each as its help shows it', async () => {
    const sections = sectionsOf(pageText())
    const { stdout } = await runAgent(['--help'])
    const commands =
      stdout
        .split('Commands:\n')[1]
        ?.split('\n\n', 1)[0]
        ?.match(/(?<=^ {2})[a-z]+/gm) ?? []
    expect([...new Set(COMMANDS.map(([name]) => name)), 'help'].sort()).toEqual([...commands].sort())
    for (const command of COMMANDS) {
      const [help = ''] = (await runAgent([...command, '--help'])).stdout.split('\nExamples:\n', 1)
      const options = help.match(/(?<=^ {2})-.*?(?= {2}|$)/gm) ?? []
      const section = sections.get(`agent ${command.join(' ')}`)?.split('\n') ?? []
      expect(section.filter((line) => line.startsWith('-'))).toEqual(options)
      expect(options.length).toBeGreaterThan(4)
      const groups = help.match(/^[A-Z].*:$/gm)?.filter((line) => !/^(Arguments|Exit|Environment)/.test(line))
      expect(section.filter((line) => line.endsWith(':') && groups?.includes(line))).toEqual(groups)
      expect(sections.get('SYNOPSIS')).toContain(`agent ${command.join(' ')}\n`)
    }
  })

  it('holds every exit code, every variable and every example of the help', async () => {
    const sections = sectionsOf(pageText())
    const codes = sections.get('EXIT STATUS')?.match(/^\d+$/gm)
    expect(codes).toEqual(Object.values(EXIT).map(String))
    const { stdout } = await runAgent(['ask', '--help'])
    const [, environment = '', examples = ''] = /Environment:\n([\s\S]*)\nExamples:\n([\s\S]*)$/.exec(stdout) ?? []
    for (const name of environment.match(/[A-Z][A-Z_]{3,}/g) ?? []) expect(sections.get('ENVIRONMENT')).toContain(name)
    const shown = sections.get('EXAMPLES')?.split('\n') ?? []
    for (const line of examples.trimEnd().split('\n')) expect(shown).toContain(line.trim())
  })

  it.skipIf(!isProgramRun('groff'))('is set by groff without a warning', () => {
    const { stdout, stderr, status } = spawnSync('groff', ['-man', '-Tutf8', '-ww', PAGE], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain("jq '.turns[].tool_calls[].timing'")
  })

  it.skipIf(!isProgramRun('mandoc'))('is set by mandoc, which misses nothing but the date', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', PAGE], { encoding: 'utf8' })
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([])
  })
})
