/**
 * Documents of version 1 as they were written when it was made, from real runs; they are never written anew.
 * Each stays readable, and what is written today is still what their schema promised. A change that fails
 * here is a breaking one: it needs a version 2, beside which version 1 is still read.
 *
 * A schema that has gained keys may be written over its copy, which then protects them too:
 * `agent schema transcript -o test/golden/transcript-v1.schema.json`.
 */
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jsonSchemaOf } from '../../src/commands/json-schemas.ts'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import { readJournal } from '../../src/journal/read.ts'
import { openApiServer } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import { faultsBy } from '../rig/printed-schemas.ts'
import { reply } from '../rig/reply.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'
import { brokenPromises } from './compatible.ts'

const here = import.meta.dirname
const read = (name: string) => JSON.parse(readFileSync(join(here, name), 'utf8'))
const schemas: Record<'transcript' | 'event', JsonObject> = {
  transcript: read('transcript-v1.schema.json'),
  event: read('event-v1.schema.json'),
}
const TOOLS = join(here, 'tools', 'golden.mjs')

/** How `agent ask --replay` of it ends, and what has to be said for the run to be the same. */
const TRANSCRIPTS: readonly { name: string; flags?: string[]; code: number; says?: string }[] = [
  { name: 'completed', code: 0 },
  { name: 'failed-tools', code: 0 },
  { name: 'early-results', flags: ['--early-results', '100ms'], code: 0 },
  { name: 'resumed', code: 0 },
  { name: 'incomplete', code: 7, says: 'it was cut off at the token limit' },
  { name: 'timed-out', flags: ['--timeout', '1s'], code: 124, says: 'the run took longer than 1000 ms' },
  { name: 'usage-error', code: 3, says: 'is the transcript of a run that never began' },
]
const file = (name: string) => `transcript-v1-${name}.json`

describe('a transcript of version 1', () => {
  it('is known here, whichever there is', () => {
    const found = readdirSync(here).filter((name) => /^transcript-v1-/.test(name))
    expect(found.sort()).toEqual(TRANSCRIPTS.map(({ name }) => file(name)).sort())
  })

  it.each(TRANSCRIPTS)('fits its schema: $name', ({ name }) => {
    expect(faultsBy(schemas.transcript, read(file(name)))).toEqual([])
  })

  it.each(TRANSCRIPTS)(
    'is replayed, or refused as it should be: $name',
    async ({ name, flags = [], code, says = '' }) => {
      const golden: Transcript = read(file(name))
      const replay = ['--replay', join(here, file(name)), '--no-builtins', '-t', TOOLS]
      const asked = ['ask', '--json', ...replay, ...flags, golden.question ?? 'anything']
      const result = await runAgent(asked, { env: { ANTHROPIC_API_KEY: undefined } })
      expect([result.code, result.stderr.includes(says)]).toEqual([code, true])
      if (code === golden.exit_code) {
        const { answer, status, messages } = result.json()
        expect([answer, status, messages]).toEqual([golden.answer, golden.status, golden.messages])
      }
      await endToEnd(result)
    },
  )
})

describe('what is written today', () => {
  it.each(['transcript', 'event'] as const)('keeps what the schema of version 1 promised of each %s', (name) => {
    expect(brokenPromises(schemas[name], jsonSchemaOf(name))).toEqual([])
  })

  it('fits the schemas of version 1', () => {
    const documents = [emptyTranscript(null, 2), ...[WEATHER, crowd(5)].map((run) => transcriptOf(eventsOf(run)))]
    expect(documents.flatMap((document) => faultsBy(schemas.transcript, document))).toEqual([])
    expect(eventsOf(WEATHER).flatMap((event) => faultsBy(schemas.event, event))).toEqual([])
  })

  const changed = (change: (schema: JsonObject) => void) => {
    const schema: JsonObject = structuredClone(schemas.transcript)
    change(schema)
    return brokenPromises(schemas.transcript, schema)
  }
  const at = (schema: JsonObject, ...path: string[]) =>
    // `as`: the paths below are those of objects in the schema.
    path.reduce<JsonValue>((value, key) => (value as JsonObject)[key] ?? null, schema) as JsonObject

  it('may have a key more, and breaks its promise by a key less, another type, another word or a key that may be missing', () => {
    const call = ['$defs', 'tool_call'] as const
    expect(changed((schema) => Object.assign(at(schema, 'properties'), { added: { type: 'string' } }))).toEqual([])
    expect(changed((schema) => Object.assign(at(schema, ...call, 'properties', 'tool'), { description: 'x' }))).toEqual(
      [],
    )
    expect(changed((schema) => delete at(schema, ...call, 'properties')['tool'])).toHaveLength(1)
    expect(
      changed((schema) => Object.assign(at(schema, ...call, 'properties', 'tool'), { type: 'number' })),
    ).toHaveLength(1)
    expect(
      changed((schema) => Object.assign(at(schema, 'properties', 'status'), { enum: ['completed'] })),
    ).toHaveLength(1)
    expect(changed((schema) => Object.assign(at(schema, ...call), { required: [] })).length).toBeGreaterThan(10)
    expect(changed((schema) => Object.assign(at(schema, 'properties', 'version'), { const: 2 }))).toHaveLength(1)
  })
})

describe('a journal of format 1', () => {
  it('has events that fit their schema, and is the run that its transcript tells', async () => {
    const { events, header, torn } = await readJournal(join(here, 'journal-v1.jsonl'))
    expect([header.format, torn]).toEqual([1, false])
    expect(events.flatMap((event) => faultsBy(schemas.event, event))).toEqual([])
    expect(transcriptOf(events)).toMatchObject(read(file('resumed')))
    expect(new Set(events.map(({ type }) => type))).toContain('run_resume')
  })

  it('is shown, and answers again where the run has ended', async () => {
    const shown = await runAgent(['runs', 'show', '--json', join(here, 'journal-v1.jsonl')])
    expect(shown.code).toBe(0)
    expect(shown.json()).toMatchObject(read(file('resumed')))
    const dir = makeRunFolder()
    copyFileSync(join(here, 'journal-v1.jsonl'), join(dir, 'work', 'run.jsonl'))
    const again = await runAgent(['resume', '--force', '-t', TOOLS, './run.jsonl'], { dir })
    expect([again.code, again.stdout]).toEqual([0, 'All is there.\n'])
  })

  it('goes on where it ended', async () => {
    const dir = makeRunFolder()
    copyFileSync(join(here, 'journal-v1-unfinished.jsonl'), join(dir, 'work', 'run.jsonl'))
    await using api = await openApiServer({ key: CANARY_KEY, echo: false, replies: [reply.text('It is 42.')] })
    const args = ['resume', '--json', '--force', '--base-url', api.url, './run.jsonl']
    const resumed = await runAgent(args, { dir })
    expect([resumed.code, resumed.json().answer, api.violations]).toEqual([0, 'It is 42.', []])
    expect(resumed.json().turns[0]?.tool_calls).toMatchObject([{ tool: 'calculate', status: 'ok' }])
    await endToEnd(resumed)
  })
})
