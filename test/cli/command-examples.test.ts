import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { endToEnd } from '../rig/auditor.ts'
import { isProgramRun } from '../rig/requirement.ts'
import { runAgent } from '../rig/run-agent.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'tools')

async function call(name: string, tool: string, input: JsonObject) {
  const question = `${tool}(${JSON.stringify(input)})`
  const result = await runAgent(['ask', '--offline', '--json', '-t', join(EXAMPLES, `${name}.tool.json`), question])
  await endToEnd(result)
  return result.json().turns[0]?.tool_calls[0]
}

describe.skipIf(!isProgramRun('bash'))('the example in bash', () => {
  const script = join(EXAMPLES, 'count-lines.sh')

  it('counts lines', async () => {
    const record = await call('count-lines', 'count_lines', { paths: [script, '/dev/../dev/../etc/hosts'] })
    expect(record).toMatchObject({ source: 'command', effect: 'read', status: 'ok' })
    expect(String(record?.output).split('\n')[0]).toMatch(/^\d\d\t.*count-lines\.sh$/)
    expect(String(record?.output).split('\n')).toHaveLength(2)
  })

  it('S4 counts lines with a text, whatever the text is', async () => {
    const counts = async (text: string) =>
      String((await call('count-lines', 'count_lines', { paths: [script], text }))?.output)
    expect(await counts('shift')).toMatch(/^\d+\t2\t/)
    expect(await counts('-t')).toMatch(/^\d+\t2\t/)
    expect(await counts('$(touch ran)')).toMatch(/^\d+\t0\t/)
  })

  it('fails for what is no file', async () => {
    expect(await call('count-lines', 'count_lines', { paths: ['-n'] })).toMatchObject({
      error: { code: 'exit_code', message: '"count-lines.sh" ended with exit code 1; it said:\n-n is no file' },
    })
  })
})

describe.skipIf(!isProgramRun('python3'))('the example in Python', () => {
  it('reads JSON and answers in JSON', async () => {
    expect(await call('word-stats', 'word_stats', { text: 'The cat, the dog’s ünd the cat', top: 2 })).toMatchObject({
      status: 'ok',
      output: {
        words: 7,
        different_words: 4,
        mean_length: 3.29,
        most_frequent: [
          { word: 'the', count: 3 },
          { word: 'cat', count: 2 },
        ],
      },
    })
  })

  it('is not asked for what its schema forbids', async () => {
    expect(await call('word-stats', 'word_stats', { text: 'a', top: 0 })).toMatchObject({ status: 'invalid_input' })
  })
})
