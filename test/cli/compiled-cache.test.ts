import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { otherNodes } from '../rig/other-nodes.ts'
import { isRun } from '../rig/requirement.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'

const node = otherNodes().find(({ major }) => major === 24)
const cacheOf = (dir: string) => join(dir, 'home', '.cache', 'agent', 'compiled')

describe.runIf(isRun('node-24', node?.path != null))('what was compiled', () => {
  const options = { node: node?.path ?? '' }

  it('is kept where there is a place for caches', async () => {
    const dir = makeRunFolder()
    mkdirSync(join(dir, 'home', '.cache'))
    const result = await runAgent(['ask', '--offline', 'weather in SF'], { dir, ...options })
    expect(result.code).toBe(0)
    expect(readdirSync(cacheOf(dir)).length).toBe(1)
  })

  it.each([
    ['there is no such place', {}, false],
    ['it is unwanted', { NODE_DISABLE_COMPILE_CACHE: '1' }, true],
  ])('is not kept where %s', async (_, env, place) => {
    const dir = makeRunFolder()
    if (place) mkdirSync(join(dir, 'home', '.cache'))
    const result = await runAgent(['ask', '--offline', 'weather in SF'], { dir, ...options, env })
    expect([result.code, existsSync(join(cacheOf(dir)))]).toEqual([0, false])
  })
})
