import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import { CommandLineFault, fillCommandLine, parseCommandLine } from '../../src/sources/command-line.ts'

type Command = (string | string[])[]

function fill(command: Command, input: JsonObject, names = Object.keys(input)) {
  return fillCommandLine(parseCommandLine(command, new Set(names), '/tools'), input)
}

const args = (command: Command, input: JsonObject, names?: string[]) => {
  const filled = fill(['x', ...command], input, names)
  return filled.type === 'filled' ? filled.command.slice(1) : filled.reason
}

describe('a placeholder', () => {
  it.each<[string, JsonValue, string[]]>([
    ['a text', 'a b', ['a b']],
    ['an empty text', '', ['']],
    ['a number', -1.5, ['-1.5']],
    ['a boolean', false, ['false']],
    ['a list', ['a', 2, true, { b: 1 }, null], ['a', '2', 'true', '{"b":1}']],
    ['an object', { a: ['-x'] }, ['{"a":["-x"]}']],
    ['null', null, []],
  ])('stands for %s', (_, value, expected) => {
    expect(args(['{v}'], { v: value })).toEqual(expected)
  })

  it('is left out where the property is absent, and is no inherited one', () => {
    expect(args(['a', '{v}', '{constructor}', 'b'], {}, ['v', 'constructor'])).toEqual(['a', 'b'])
  })

  it('leaves its group out where one of the group has no value', () => {
    const command: Command = [['-m', '{max}'], ['--from', '{from}', '{to}'], '-e', '{pattern}']
    expect(args(command, { pattern: 'p' }, ['max', 'from', 'to', 'pattern'])).toEqual(['-e', 'p'])
    expect(args(command, { pattern: 'p', max: 3, from: 'a' }, ['max', 'from', 'to', 'pattern'])).toEqual([
      ...['-m', '3', '-e', 'p'],
    ])
    expect(args([['-f', '{files}']], { files: [] })).toEqual([])
  })

  it('"{dir}" is the folder of the manifest, also within an argument', () => {
    expect(args(['{dir}', '--config={dir}/a'], {})).toEqual(['/tools', '--config=/tools/a'])
  })

  it.each(['{ print $1 }', '{print $1}', 'BEGIN {x=1} {y}', '{}', '{"a": {b}}', '{n,m}'])(
    'is not what a program has in braces: %s',
    (text) => {
      expect(args([text], { v: 1 })).toEqual([text])
    },
  )
})

describe('the program', () => {
  it.each([
    ['wc', 'wc'],
    ['./count.sh', '/tools/count.sh'],
    ['bin/count', '/tools/bin/count'],
    ['../count', '/count'],
    ['/bin/wc', '/bin/wc'],
    ['{dir}/count.py', '/tools/count.py'],
  ])('%s is %s', (program, expected) => {
    expect(fill([program], {})).toEqual({ type: 'filled', command: [expected] })
  })
})

it.each<[Command, number[], string, string]>([
  [['{v}'], [0], '"{v}" may not come from the model', 'write it out'],
  [[''], [0], 'the name of the program stands here', '["PROGRAM", "ARGUMENT", ...]'],
  [[['x', '{v}']], [0], 'the name of the program stands here', '["PROGRAM", "ARGUMENT", ...]'],
  [['x', '--file={v}'], [1], '"{v}" stands within "--file={v}"', '"--file", "{v}"'],
  [['x', '{dir}/{v}'], [1], '"{v}" stands within "{dir}/{v}"', '"{v}"'],
  [['x', ['-a', '{w}']], [1, 1], '"{w}" names no property of input_schema', 'there are v'],
  [['x', 'a\0b'], [1], 'holds a NUL character', 'take it out'],
])('S4 refuses %j when it is read', (command, path, message, hint) => {
  const parse = () => parseCommandLine(command, new Set(['v']), '/tools')
  expect(parse).toThrow(CommandLineFault)
  expect(parse).toThrow(expect.objectContaining({ path, message, hint: expect.stringContaining(hint) }))
})

it('refuses a property that has the name of the folder', () => {
  expect(() => parseCommandLine(['x', '{dir}'], new Set(['dir']), '/tools')).toThrow('and a property too')
})

describe('S4 a value', () => {
  it('that begins with "-" goes behind "--" only, numbers apart', () => {
    const refused = expect.stringMatching(/^input\.v: begins with "-", and the program would take it for an option/)
    expect(args(['{v}'], { v: '-rf' })).toEqual(refused)
    expect(args(['{v}'], { v: ['a', '-'] })).toEqual(refused)
    expect(args(['{v}', '--'], { v: '-rf' })).toEqual(refused)
    expect(args([['-m', '--', '{w}'], '{v}'], { v: '-1' }, ['v', 'w'])).toEqual(refused)
    expect(args(['--', '{v}'], { v: '-rf' })).toEqual(['--', '-rf'])
    expect(args([['--', '{v}']], { v: '-rf' })).toEqual(['--', '-rf'])
    expect(args(['{w}', '{v}'], { w: '--', v: '-rf' })).toEqual(expect.stringMatching(/^input\.w: /))
    expect(args(['{v}'], { v: -5 })).toEqual(['-5'])
  })

  it('with a NUL is refused everywhere', () => {
    const refused = 'input.v: holds a NUL character, which no argument can'
    expect(args(['{v}'], { v: 'a\0b' })).toBe(refused)
    expect(args(['--', '{v}'], { v: ['a', '\0'] })).toBe(refused)
  })

  it('is one argument whatever it holds, and never changes the others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const filled = args(['-a', '--', '{v}', 'z'], { v: value })
        if (value.includes('\0')) expect(filled).toMatch(/NUL/)
        else expect(filled).toEqual(['-a', '--', value, 'z'])
      }),
    )
  })
})
