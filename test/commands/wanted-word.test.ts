import { describe, expect, it } from 'vitest'
import { readTypedLine } from '../../src/commands/typed-line.ts'
import { wantedAt } from '../../src/commands/wanted-word.ts'
import type { CommandOutline, OptionOutline } from '../../src/help-outline.ts'
import { parseArguments, programOutline } from '../../src/program.ts'

const program = programOutline('1.2.3')
const at = (line: string) => wantedAt(program, readTypedLine(line))
const offered = (line: string) => {
  const { values, typed } = at(line)
  const words = Array.isArray(values) ? values.map((one) => (typeof one === 'string' ? one : one.word)) : []
  return words.filter((word) => word.startsWith(typed))
}

function commands(above: CommandOutline, path: string[] = []): { path: string[]; command: CommandOutline }[] {
  return above.commands.flatMap((command) => {
    const here = [...path, command.name]
    return [{ path: here, command }, ...commands(command, here)]
  })
}

describe('what may stand at the cursor', () => {
  it.each([
    ['agent v', ['view']],
    ['agent runs ', ['list', 'show', 'rm', 'help']],
    ['agent help run', ['runs']],
    ['agent tools help c', ['call', 'check']],
    ['agent ask --no-b', ['--no-builtins']],
    ['agent ask -j', ['-j']],
    ['agent --v', ['--version']],
    ['agent view --ht', ['--html']],
    ['agent runs list --html', []],
    ['agent ask --effort ', ['low', 'medium', 'high', 'xhigh', 'max']],
    ['agent ask --effort=x', ['xhigh']],
    ['agent ask --effort high ', []],
    ['agent ask -qm --effort --eff', ['--effort']],
    ['agent ask -q --on-error f', ['fail-fast']],
    ['agent resume --unknown=', ['skip', 'retry', 'fail']],
    ['agent ask --durability s', ['strict']],
    ['agent ask -- --eff', []],
    ['agent ask view ', []],
    ['agent schema t', ['transcript', 'tool']],
    ['agent schema tool t', []],
    ['agent completion ', ['bash', 'zsh', 'fish']],
    ['agent nonsense --eff', []],
  ])('%s', (line, words) => {
    expect(offered(line)).toEqual(words)
  })

  it.each([
    ['agent ask --config ', '', '', 'file'],
    ['agent ask --config=se', '--config=', 'se', 'file'],
    ['agent ask -tto', '-t', 'to', 'file'],
    ['agent ask -qtto', '-qt', 'to', 'file'],
    ['agent ask --root s', '', 's', 'folder'],
    ['agent ask --system @s', '', '@s', '@file'],
    ['agent ask --only a,b', '', 'a,b', 'tools'],
    ['agent ask --tool-timeout a', '', 'a', 'tool='],
    ['agent tools call g', '', 'g', 'tool'],
    ['agent tools call get_time ', '', '', null],
    ['agent tools check a b', '', 'b', 'file'],
    ['agent resume ', '', '', 'run'],
    ['agent resume x ', '', '', null],
    ['agent runs rm x y', '', 'y', 'run'],
    ['agent runs list ', '', '', null],
    ['agent ask --continue=l', '--continue=', 'l', 'run'],
    ['agent ask --max-turns ', '', '', null],
    ['agent ask q > o', '', 'o', 'file'],
    ['agent ask --nonsense=x', '', '--nonsense=x', null],
  ])('%s: the values of a kind', (line, prefix, typed, values) => {
    expect(at(line)).toMatchObject({ prefix, typed, values })
  })

  it('remembers what was given before, in whatever spelling', () => {
    expect(at('agent ask -ta --tools=b --no-builtins -qt c --only x').given.map(({ value }) => value)).toEqual([
      'a',
      'b',
      '',
      'c',
    ])
  })

  it('knows no word for a value that its flag refuses', () => {
    const lists = commands(program).flatMap(({ path, command }) =>
      command.options.flatMap(({ names, values }: OptionOutline) =>
        Array.isArray(values) ? [{ path, flag: names.at(-1) ?? '', values: values as string[] }] : [],
      ),
    )
    expect(lists.length).toBeGreaterThan(4)
    for (const { path, flag, values } of lists)
      for (const value of values)
        expect(() => parseArguments([...path, `${flag}=${value}${value.endsWith('=') ? 1 : ''}`], '1')).not.toThrow()
  })

  it('knows a kind for every flag whose value stands for a file, a tool or a run', () => {
    const silent = commands(program).flatMap(({ command }) =>
      command.options.filter(({ flags, values }) => /<(file|path|dir|name|names|run)>/.test(flags) && values === null),
    )
    expect([...new Set(silent.map(({ flags }) => flags))]).toEqual(['-m, --model <name>'])
  })
})
