import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'

describe('--timeout', () => {
  it.each(['json', 'jsonl'])(
    'also ends a run whose tool file never finishes loading, with a document: --%s',
    async (format) => {
      const file = join(makeRunFolder(), 'hangs.mjs')
      writeFileSync(file, 'await new Promise(() => setInterval(() => {}, 1000))\nexport default []\n')
      const result = await runAgent(['ask', '--offline', `--${format}`, '--timeout', '700ms', '-t', file, 'hi'])
      expect(result.code).toBe(124)
      const end = format === 'json' ? result.json() : result.jsonLines().at(-1)
      expect(end).toMatchObject({ status: 'timed_out', exit_code: 124, error: { code: 'timeout' } })
      await endToEnd(result)
    },
  )
})
