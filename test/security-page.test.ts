/** SECURITY.md names the tests that hold its promises and the flags that lift them: they have to be there. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { AGENT } from './rig/run-agent.ts'

const ROOT = join(import.meta.dirname, '..')
const PAGE = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
const PROMISES = PAGE.split('\n').filter((line) => /^\| (?!promise|-)/.test(line))

it('each promise names tests, and all of them exist', () => {
  expect(PROMISES.length).toBeGreaterThan(10)
  expect(PROMISES.filter((row) => !/`test\/.+`/.test(row))).toEqual([])
  const named = [...PAGE.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path)
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

it('each flag exists', async () => {
  const help = async (...command: string[]) =>
    (await promisify(execFile)(process.execPath, [AGENT, ...command, '--help'])).stdout
  const known = (await Promise.all([help('ask'), help('resume'), help('view')])).join('') + (await help())
  const named = [...PAGE.matchAll(/`[^`\n]*?(--[a-z][a-z-]+)[^`\n]*`/g)].map(([, flag = '']) => flag)
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter((flag) => !known.includes(flag))).toEqual([])
})
