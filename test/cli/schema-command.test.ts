/** `agent schema` through the built command. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jsonSchemaOf } from '../../src/commands/json-schemas.ts'
import { SCHEMA_NAMES } from '../../src/commands/schema-names.ts'
import { endToEnd } from '../rig/auditor.ts'
import { faultsBy } from '../rig/printed-schemas.ts'
import { makeRunFolder, parseLines, runAgent } from '../rig/run-agent.ts'

const printed = async (name: string) => JSON.parse((await runAgent(['schema', name])).stdout)

describe('agent schema', () => {
  it.each(SCHEMA_NAMES)('prints that of %s, which the tests hold documents against', async (name) => {
    const result = await runAgent(['schema', name], { env: { ANTHROPIC_API_KEY: undefined } })
    expect([result.code, result.stderr]).toEqual([0, ''])
    expect(JSON.parse(result.stdout)).toEqual(jsonSchemaOf(name))
    await endToEnd(result)
  })

  it('writes to the file of -o', async () => {
    const dir = makeRunFolder()
    const result = await runAgent(['schema', 'event', '-o', 'event.schema.json'], { dir })
    expect([result.code, result.stdout]).toEqual([0, ''])
    expect(JSON.parse(readFileSync(join(dir, 'work', 'event.schema.json'), 'utf8'))).toEqual(jsonSchemaOf('event'))
  })

  it.each([
    [[], 'agent: of what? there are transcript, event, tool, config', 'agent schema transcript'],
    [['events'], 'agent: no schema "events": there are transcript, event, tool, config', 'agent schema event'],
    [['conf'], 'agent: no schema "conf": there are transcript, event, tool, config', 'agent schema config'],
    [[''], 'agent: no schema "": there are transcript, event, tool, config', 'agent schema transcript'],
  ])('says of %j which there are, with exit 2', async (words, line, hint) => {
    const result = await runAgent(['schema', ...words])
    expect([result.code, result.stdout, result.stderr]).toEqual([2, '', `${line}\nhint: ${hint}\n`])
    await endToEnd(result)
  })

  it('holds for what the command prints', async () => {
    const [transcript, event] = await Promise.all([printed('transcript'), printed('event')])
    const run = await runAgent(['ask', '--offline', '--json', 'weather in SF'])
    expect(faultsBy(transcript, JSON.parse(run.stdout))).toEqual([])
    const mistake = await runAgent(['ask', '--json', '--no-such-flag'])
    expect([mistake.code, faultsBy(transcript, JSON.parse(mistake.stdout))]).toEqual([2, []])
    const lines = await runAgent(['ask', '--offline', '--jsonl', 'weather in SF'])
    expect(parseLines(lines.stdout).flatMap((line) => faultsBy(event, line))).toEqual([])
  })

  it('holds for a manifest, which may name it, and not for a misspelled one', async () => {
    const dir = makeRunFolder()
    const manifest = {
      $schema: './tool.schema.json',
      name: 'count_words',
      description: 'Counts words.',
      input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
      command: ['wc', '-w', '{path}'],
      effect: 'read',
      policy: { timeout_ms: 500, retry: { max_attempts: 2 }, breaker: false },
    }
    const tool = await printed('tool')
    const shipped = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', 'tools', 'disk-usage.tool.json'), 'utf8'),
    )
    expect([manifest, [manifest], shipped].map((one) => faultsBy(tool, one))).toEqual([[], [], []])
    for (const wrong of [
      { ...manifest, efect: 'read' },
      { ...manifest, policy: { timeout: 1 } },
      { ...manifest, name: 1 },
      [],
    ])
      expect(faultsBy(tool, wrong)).not.toEqual([])
    writeFileSync(join(dir, 'work', 'count.tool.json'), JSON.stringify(manifest))
    expect((await runAgent(['tools', 'check', 'count.tool.json'], { dir })).code).toBe(0)
  })

  it('holds for a config file, and not for a misspelled one', async () => {
    const config = await printed('config')
    const settings = {
      model: 'qwen3',
      timeout: '2m',
      tool_paths: ['./t'],
      slots: { mcp: 2 },
      tools: { 'get_*': { effect: 'read', timeout_ms: 5 } },
    }
    expect(faultsBy(config, settings)).toEqual([])
    for (const wrong of [
      { modell: 'x' },
      { timeout: 30 },
      { timeout: '2 minutes' },
      { tools: { 'a b': {} } },
      { slots: { gpu: 1 } },
    ])
      expect(faultsBy(config, wrong)).not.toEqual([])
  })
})
