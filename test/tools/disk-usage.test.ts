import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifests } from '../../src/sources/command-manifest.ts'
import { distFolder } from '../../src/sources/installation.ts'
import { endToEnd } from '../rig/auditor.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'

const dist = distFolder()

async function call(path: string) {
  const dir = makeRunFolder()
  const input = JSON.stringify({ path })
  writeFileSync(join(dir, 'work', 'large'), 'x'.repeat(300_000))
  symlinkSync('/usr', join(dir, 'work', 'link'))
  const result = await runAgent(['ask', '--offline', '--json', `disk_usage(${input})`], { dir })
  await endToEnd(result)
  return result.json().turns[0]?.tool_calls[0]
}

describe('disk_usage', () => {
  it('says what a folder takes, and follows no link out of it', async () => {
    const record = await call('.')
    expect(record).toMatchObject({ source: 'builtin', effect: 'read', status: 'ok', truncated: false })
    const [kib, path] = String(record?.output).split('\t')
    expect(path).toBe('.')
    expect(Number(kib)).toBeGreaterThanOrEqual(292)
    expect(Number(kib)).toBeLessThan(2000)
  })

  it('says how large a link is, not what it leads to', async () => {
    const record = await call('link')
    expect(Number.parseInt(String(record?.output), 10)).toBeLessThan(100)
  })

  it('S4 takes no option for a path', async () => {
    expect(await call('--files0-from=/etc/passwd')).toMatchObject({
      status: 'failed',
      error: { code: 'exit_code', message: expect.stringContaining('--files0-from=/etc/passwd') },
    })
  })

  it('fails for what is not there', async () => {
    expect(await call('no-such-folder')).toMatchObject({ status: 'failed', error: { code: 'exit_code' } })
  })

  it('has a manifest like any other one', async () => {
    const [read] = await readManifests(join(dist, '..', 'tools', 'disk-usage.tool.json'))
    expect(read?.manifest).toMatchObject({ name: 'disk_usage', effect: 'read', destructive: false })
  })
})
