import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTypedLine } from '../../src/commands/typed-line.ts'

describe('a line that is being typed', () => {
  it.each([
    ['agent ', [], ''],
    ['agent', [], 'agent'],
    ['agent ask --ef', ['ask'], '--ef'],
    ['agent ask "two words" x', ['ask', 'two words'], 'x'],
    [`agent ask 'it''s' "an open quo`, ['ask', 'its'], 'an open quo'],
    ['agent ask a\\ b\\"c d', ['ask', 'a b"c'], 'd'],
    ['agent ask "a \\" b \\n" ', ['ask', 'a " b \\n'], ''],
    ["agent ask '' ", ['ask', ''], ''],
    ['agent ask "$(rm -r x)" `y` z', ['ask', '$(rm -r x)', '`y`'], 'z'],
    ['KEY=1 B="2 3" agent ask q', ['ask'], 'q'],
    ['/usr/bin/agent tools  call\tx', ['tools', 'call'], 'x'],
  ])('%s', (line, words, last) => {
    expect(readTypedLine(line)).toEqual({ words, last, redirected: false })
  })

  it.each([
    ['agent ask q > ou', ['ask', 'q'], 'ou', true],
    ['agent ask q >ou', ['ask', 'q'], 'ou', true],
    ['agent ask q 2>/dev/null < i', ['ask', 'q'], 'i', true],
    ['agent ask q &> log --js', ['ask', 'q'], '--js', false],
    ['agent ask q >> log ', ['ask', 'q'], '', false],
    ['agent ask a2>b c', ['ask', 'a2'], 'c', false],
  ])('%s: names of files are no words of the command', (line, words, last, redirected) => {
    expect(readTypedLine(line)).toEqual({ words, last, redirected })
  })

  it('is read to its end, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a \\\'"$()<>&|;\t=-', '\n', 'é') }), (text) => {
        const { words, last } = readTypedLine(`agent ${text}`)
        expect(words.join('').length + last.length).toBeLessThanOrEqual(text.length)
      }),
    )
  })

  it('gives words back as they were before they were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (given) => {
        const quoted = given.map((word) => `'${word.replaceAll("'", "'\\''")}'`)
        expect(readTypedLine(`agent ${quoted.map((word) => `${word} `).join('')}`).words).toEqual(given)
      }),
    )
  })
})
