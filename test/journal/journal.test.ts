/** That what was written is read back, and that what is not as it was written is refused or left out. */
import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AgentEvent } from '../../src/contract/event.ts'
import { agentEventSchema } from '../../src/contract/event.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import { createJournal, reopenJournal } from '../../src/journal/append.ts'
import { readJournal } from '../../src/journal/read.ts'
import { isEvent } from '../../src/journal/record-shape.ts'
import { repairJournal } from '../../src/journal/repair.ts'
import { HEADER, journalFolder, OPTIONS, runEvents, writtenJournal } from './events.ts'

const events = runEvents()
const full = process.env.FULL === '1'

/** What reading comes to: the events, or the code of the refusal. */
async function readOrCode(path: string): Promise<readonly AgentEvent[] | string> {
  try {
    return (await readJournal(path)).events
  } catch (error) {
    expect(error).toMatchObject({ name: 'AgentError', exitCode: 3 })
    return (error as { code: string }).code
  }
}

function expectPrefix(read: readonly AgentEvent[] | string): void {
  if (typeof read !== 'string') expect(read).toEqual(events.slice(0, read.length))
}

describe('a journal', () => {
  it('is read back as it was written', async () => {
    const path = writtenJournal(events)
    const { header, events: read, torn, redacted } = await readJournal(path)
    expect({ header, read, torn, redacted: [...redacted] }).toEqual({
      header: HEADER,
      read: events,
      torn: false,
      redacted: [],
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(events.length + 1)
  })

  it('leaves out what is only shown', async () => {
    const delta: AgentEvent = { type: 'text_delta', seq: 3, at_ms: 3, turn: 1, text: 'shown' }
    expect(await readOrCode(writtenJournal([...events, delta]))).toEqual(events)
  })

  it.each([
    ['off', true],
    ['normal', true],
    ['strict', true],
    ['off', false],
    ['normal', false],
  ] as const)(
    'with durability %s writes what tells of a call that does more than read (%s) at once, the rest by the next flush',
    (durability, writes) => {
      const effect = writes ? 'write' : 'read'
      const path = join(journalFolder(), 'run.jsonl')
      const journal = createJournal({ path, header: HEADER, ...OPTIONS, durability })
      onTestFinished(() => journal.close())
      const written = () => readFileSync(path, 'utf8').trimEnd().split('\n').length - 1
      const stamp = { at_ms: 1, turn: 1, call_id: 'a' }
      const look = { tool: 'look', source: 'module', input: {}, raw_input: null, takes_over: null }
      journal.append({ type: 'call_ready', seq: 0, ...stamp, ...look, effect, priority: 'normal' })
      expect(written()).toBe(durability === 'strict' ? 1 : 0)
      if (writes) journal.append({ type: 'call_admitted', seq: 1, ...stamp, attempt: 1 })
      expect(written()).toBe(writes ? 2 : 0)
      journal.flush()
      expect(written()).toBe(writes ? 2 : 1)
    },
  )

  it('holds what was not flushed when it was closed', async () => {
    const path = writtenJournal(events.slice(0, 1))
    expect(await readOrCode(path)).toEqual(events.slice(0, 1))
  })

  it('finds a credential in records that are written together, and leaves the others as they are', async () => {
    const [start, ...more] = runEvents({ output: `the key is ${'s3cret-s3cret'}` })
    const redact = openRedactor({ credentials: ['s3cret-s3cret'], secrets: [] }, { shapes: false })
    const { events: read, redacted } = await readJournal(
      writtenJournal(
        [start, ...more].flatMap((one) => one ?? []),
        { redact },
      ),
    )
    expect(JSON.stringify(read)).not.toContain('s3cret')
    expect(redacted.size).toBe(1)
    expect(read.filter(({ seq }) => !redacted.has(seq))).toEqual(
      runEvents({ output: 'x' }).filter(({ seq }) => !redacted.has(seq)),
    )
  })

  it('looks for credentials in what happened only, not in what a line says of itself', async () => {
    const redact = openRedactor({ credentials: ['00000000'], secrets: [] }, { shapes: false })
    const { redacted, events: read } = await readJournal(writtenJournal(events, { redact }))
    expect([...redacted]).toEqual([])
    expect(read).toEqual(events)
  })

  it('keeps a result above 64 KiB in a file of its own, and misses it', async () => {
    const large = runEvents({ output: 'x'.repeat(70_000) })
    const path = writtenJournal(large)
    const side = join(`${path}.d`, '12.json')
    expect(statSync(path).size).toBeLessThan(10_000)
    expect(statSync(side).mode & 0o777).toBe(0o600)
    expect(await readOrCode(path)).toEqual(large)
    writeFileSync(side, readFileSync(side, 'utf8').replace('xx', 'xy'))
    expect(await readOrCode(path)).toBe('journal-damaged')
    rmSync(side)
    expect(await readOrCode(path)).toBe('journal-damaged')
  })

  it('S3 holds no credential, in large results neither, and marks what was changed', async () => {
    const redact = openRedactor({ credentials: ['canary-0123456789abcdef'], secrets: [] })
    for (const padding of ['', 'x'.repeat(70_000)]) {
      const path = writtenJournal(runEvents({ output: { echoed: `canary-0123456789abcdef${padding}` } }), { redact })
      const { redacted, events: read } = await readJournal(path)
      expect([...redacted]).toEqual([12])
      expect(JSON.stringify(read)).not.toContain('canary')
      expect(read).toMatchObject(runEvents({ output: { echoed: `[redacted]${padding}` } }))
      expect(readFileSync(path, 'utf8')).not.toContain('canary')
    }
  })

  it('cut at any byte is read as a prefix, or is empty', async () => {
    const path = writtenJournal(events)
    const whole = readFileSync(path)
    const cuts = Array.from(whole.keys()).filter(
      (at) => full || at % 7 === 0 || whole[at] === 0x0a || whole[at - 1] === 0x0a,
    )
    for (const at of cuts) {
      writeFileSync(path, whole.subarray(0, at))
      const read = await readOrCode(path)
      const lines = whole.subarray(0, at).toString('latin1').split('\n').length - 1
      expect(typeof read === 'string' ? read : read.length).toBe(lines === 0 ? 'journal-empty' : lines - 1)
      expectPrefix(read)
    }
  })

  it('with any byte flipped is refused, or read as a prefix', async () => {
    const path = writtenJournal(events)
    const whole = readFileSync(path)
    const bits = full ? [1, 2, 4, 8, 16, 32, 64, 128] : [1, 32]
    for (let at = 0; at < whole.length; at += full ? 1 : 5) {
      for (const bit of bits) {
        const flipped = Buffer.from(whole)
        flipped[at] = (whole[at] ?? 0) ^ bit
        writeFileSync(path, flipped)
        const read = await readOrCode(path)
        if (typeof read !== 'string') expect(read.length).toBeLessThan(events.length)
        expectPrefix(read)
      }
    }
  })

  it('with records taken out, doubled or in another order is refused', async () => {
    const path = writtenJournal(events)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const others = [
      lines.toSpliced(3, 1),
      lines.toSpliced(3, 0, lines[3] ?? ''),
      lines.toSpliced(3, 2, lines[4] ?? '', lines[3] ?? ''),
      lines.slice(1),
    ]
    for (const other of others) {
      writeFileSync(path, `${other.join('\n')}\n`)
      expect(await readOrCode(path)).toBe('journal-damaged')
    }
  })

  it('names file and line of what is damaged, and how it is repaired', async () => {
    const path = writtenJournal(events)
    const lines = readFileSync(path, 'utf8').split('\n')
    lines[4] = (lines[4] ?? '').replace('Z', 'z')
    writeFileSync(path, lines.join('\n'))
    await expect(readJournal(path)).rejects.toMatchObject({
      exitCode: 3,
      message: `the journal is damaged: ${path}:5: its check sum is wrong`,
      hint: expect.stringContaining('--repair'),
    })
  })

  it('is repaired by cutting it at the first bad record, and a copy is kept', async () => {
    const path = writtenJournal(events)
    const damaged = readFileSync(path, 'latin1').split('\n').with(4, 'garbage').join('\n')
    for (const name of ['.bak', '.bak2']) {
      writeFileSync(path, damaged, 'latin1')
      expect(await repairJournal(path)).toMatchObject({ copy: `${path}${name}`, records: 4 })
      expect(readFileSync(`${path}${name}`, 'latin1')).toBe(damaged)
      expect(await readOrCode(path)).toEqual(events.slice(0, 3))
    }
    expect(await repairJournal(path)).toMatchObject({ copy: null })
    expect(existsSync(`${path}.bak3`)).toBe(false)
  })

  it('of a newer form is refused as such', async () => {
    const path = writtenJournal([])
    writeFileSync(path, readFileSync(path, 'utf8').replace('{"v":1', '{"v":2'))
    expect(await readOrCode(path)).toBe('journal-newer')
  })

  it('that is not there, is a folder, or is another file, is said to be so', async () => {
    const folder = journalFolder()
    expect(await readOrCode(join(folder, 'none.jsonl'))).toBe('journal-unreadable')
    expect(await readOrCode(folder)).toBe('journal-unreadable')
    writeFileSync(join(folder, 'other'), 'a text\nof lines\n')
    await expect(readJournal(join(folder, 'other'))).rejects.toMatchObject({
      message: expect.stringContaining('is no journal'),
    })
  })

  it('goes on where it was cut off', async () => {
    const path = writtenJournal(events.slice(0, 5))
    appendFileSync(path, '{"v":1,"crc":"0')
    const stored = await readJournal(path)
    expect(stored.torn).toBe(true)
    const journal = reopenJournal(stored, OPTIONS)
    for (const event of events.slice(5)) journal.append(event)
    journal.close()
    expect(await readJournal(path)).toMatchObject({ events, torn: false })
  })

  it('is not gone on with where somebody has written since', async () => {
    const path = writtenJournal(events.slice(0, 5))
    const stored = await readJournal(path)
    truncateSync(path, 10)
    expect(() => reopenJournal(stored, OPTIONS)).toThrow(expect.objectContaining({ code: 'journal-changed' }))
  })

  it('S11 is not written through a link, nor over a file', () => {
    const folder = journalFolder()
    const path = join(folder, 'link.jsonl')
    symlinkSync(join(folder, 'target'), path)
    const create = () => createJournal({ path, header: HEADER, ...OPTIONS })
    expect(create).toThrow(expect.objectContaining({ exitCode: 2, code: 'journal-exists' }))
    expect(existsSync(join(folder, 'target'))).toBe(false)
    rmSync(path)
    writeFileSync(path, '')
    expect(create).toThrow(expect.objectContaining({ hint: `agent resume ${JSON.stringify(path)}` }))
  })

  it('C2 takes nothing more once it could not be written', () => {
    expect(() => createJournal({ path: '/dev/full', header: HEADER, ...OPTIONS })).toThrow(
      expect.objectContaining({ code: 'journal-unwritable', exitCode: 12 }),
    )
    const path = join(journalFolder(), 'run.jsonl')
    const journal = createJournal({ path, header: HEADER, ...OPTIONS })
    rmSync(path)
    const [start, ...rest] = events
    if (start !== undefined) journal.append(start)
    const admitted = rest.find(({ type }) => type === 'call_admitted')
    const append = () => admitted !== undefined && journal.append(admitted)
    expect(append).toThrow(/has been removed/)
    expect(append).toThrow(expect.objectContaining({ code: 'journal-unwritable' }))
  })
})

describe('the shape of an event', () => {
  it('is asked for as the schema asks for it', () => {
    expect([...new Set(events.map(({ type }) => type)), 'text_delta'].sort()).toEqual(
      agentEventSchema.options.map(({ shape }) => shape.type.value).sort(),
    )
    for (const event of events) {
      expect([event.type, isEvent(event)]).toEqual([event.type, agentEventSchema.safeParse(event).success])
      for (const [key, value] of Object.entries(event)) {
        for (const other of [undefined, null, 'text', 1.5, -3, true, [], {}, [{}], value]) {
          const changed = { ...event, [key]: other }
          // JSON knows no undefined; a key that is missing is meant.
          expect([event.type, key, other, isEvent(changed)]).toEqual([
            event.type,
            key,
            other,
            agentEventSchema.safeParse(changed).success,
          ])
        }
      }
    }
  })
})
