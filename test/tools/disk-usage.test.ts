import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifests } from '../../src/sources/command-manifest.ts'
import { distFolder } from '../../src/sources/installation.ts'
import { endToEnd } from '../rig/auditor.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'

const dist = distFolder()

/** All that is loaded with a file: what it and its chunks import, what they may load later apart. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*["'](\.[^"']+\.js)["']/g))
    loadedWith(join(dirname(file), path), seen)
  return seen
}

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

  it('costs nothing before its first call: what runs commands is not loaded with the program', () => {
    const chunks = readdirSync(join(dist, 'chunks'))
    const chunk = (name: RegExp) => chunks.filter((file) => name.test(file)).map((file) => join(dist, 'chunks', file))
    const loaded = new Set<string>()
    for (const file of [join(dist, 'main.js'), ...chunk(/^(ask|open-run)-/)]) loadedWith(file, loaded)
    const late = chunk(/^(command|json-schema-check|run-program)-/)
    const kinds = late.map((file) => basename(file).split('-')[0])
    expect(new Set(kinds)).toEqual(new Set(['command', 'json', 'run']))
    expect(late.filter((file) => loaded.has(file))).toEqual([])
  })
})
