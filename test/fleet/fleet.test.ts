/**
 * examples/fleet over two hosts: every question gets one result, and nothing is lost, whoever is killed on the way.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openGate, reply } from '../rig/reply.ts'
import type { Asked, Fleet } from './fleet-run.ts'
import { EXAMPLE, killAll, openFleet, question } from './fleet-run.ts'
import { isFleetRun } from './namespaces.ts'

const full = process.env['FULL'] === '1'
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const answer = (number: number) => `That is ${2 * number}.`
const answered = ({ number }: Asked) => reply.text(answer(number))
/** 120 s: longer than a run waits, so it ends with 6 at once. */
const overloaded = reply.status(529, { headers: { 'retry-after': '120' } })

/** Each question has one result, the right one, and the joblog says so once. */
function expectAllAnswered(fleet: Fleet, count: number): void {
  expect(fleet.numbers()).toEqual(upTo(count))
  for (const number of upTo(count))
    expect(fleet.transcript(number)).toMatchObject({ exit_code: 0, question: question(number), answer: answer(number) })
  expect(numbersOf(fleet.joblog().filter(({ code, signal }) => code === 0 && signal === 0))).toEqual(upTo(count))
  expect([fleet.api.violations, fleet.files('part')]).toEqual([[], []])
}

const numbersOf = (list: readonly { number: number }[]) =>
  list.map(({ number }) => number).sort((one, other) => one - other)

/** Numbers of the questions that went to the API more than once. */
function askedAgain(fleet: Fleet): number[] {
  const numbers = numbersOf(fleet.asked)
  return numbers.filter((number, index) => number === numbers[index - 1])
}

/** Holds what is asked once so many have their result, until so many are held. */
function holding(options: { after: number; many: number; only?: 'b'; held: () => ReturnType<typeof reply.silence> }) {
  const gate = openGate()
  const numbers: number[] = []
  const replyTo = (asked: Asked, fleet: Fleet) => {
    const free = asked.host !== (options.only ?? asked.host) || fleet.numbers().length < options.after
    if (free || numbers.length === options.many) return answered(asked)
    numbers.push(asked.number)
    if (numbers.length === options.many) gate.open()
    return options.held()
  }
  return { replyTo, full: gate.opened, numbers }
}

describe('docs/fleet.md', () => {
  const page = readFileSync(join(EXAMPLE, '..', '..', 'docs', 'fleet.md'), 'utf8')
  const script = (name: string) => readFileSync(join(EXAMPLE, name), 'utf8')
  const codes = (text: string) => (text.match(/\d+/g) ?? []).map(Number)

  it('says of each exit code what the scripts make of it', () => {
    const rows = [...page.matchAll(/^\| ([\d, to]+?) +\| .*? \| (keeps|again|the same|stops)/gm)]
    const said = (...fates: string[]) =>
      rows.filter(([, , fate = '']) => fates.includes(fate)).flatMap(([, numbers = '']) => codes(numbers))
    const kept = [...script('answer-one.sh').matchAll(/^ {4}([\d| ]+)\) +;;/gm)].flatMap(([, list = '']) => codes(list))
    const fatal = [...script('fleet-ssh.sh').matchAll(/^ {2}([\d| ]+)\) echo/gm)].flatMap(([, list = '']) =>
      codes(list),
    )
    expect([said('keeps').sort(), said('stops')]).toEqual([kept.sort(), fatal])
    expect(said('again', 'the same')).toEqual(expect.arrayContaining([6, 255]))
    expect([...kept, ...fatal].filter((code) => said('again', 'the same').includes(code))).toEqual([])
  })

  it('shows how parallel is called', () => {
    const call = /^ {2}parallel ([\s\S]*?)"sh -c/m.exec(script('fleet.sh'))?.[1] ?? ''
    const flags = call.match(/--(retries|halt|termseq)[ ]\S+|--[a-z-]+/g) ?? []
    expect(flags.length).toBeGreaterThan(8)
    expect(flags.filter((flag) => flag !== '--will-cite' && !page.includes(flag))).toEqual([])
  })
})

describe.skipIf(!isFleetRun())('a fleet of two hosts', { timeout: 600_000 }, () => {
  it('answers many questions once each when one host is killed in the middle', async () => {
    // A third of a second of two cores each: 200 are for test:full.
    const count = full ? 200 : 40
    const held = holding({ after: 12, many: 4, only: 'b', held: () => reply.silence() })
    const fleet: Fleet = await openFleet({
      questions: count,
      slots: 4,
      reply: (asked) => held.replyTo(asked, fleet),
    })
    const started = fleet.start()
    await held.full
    fleet.hosts.kill('b')
    expect((await started.ended).code).toBe(0)
    expectAllAnswered(fleet, count)
    const dead = fleet.attempts().filter(({ host, code }) => host === 'b' && code === 255)
    expect(numbersOf(dead)).toEqual(expect.arrayContaining(held.numbers))
    const others = fleet.joblog().filter(({ number }) => held.numbers.includes(number))
    expect(others.map(({ host, code }) => [host, code])).toEqual(held.numbers.map(() => ['a', 0]))
    expect(askedAgain(fleet)).toEqual(held.numbers.sort((one, other) => one - other))
  })

  it('asks later again what the API was too busy for', async () => {
    // Three attempts each: with 15 refusals at least three of six questions fail in the first pass.
    const fleet: Fleet = await openFleet({
      questions: 6,
      slots: 2,
      reply: (asked) => (fleet.asked.length <= 15 ? overloaded : answered(asked)),
    })
    const { code, stderr } = await fleet.start().ended
    const end = 'of 6 questions have no result yet; again in 1 s\nfleet: all 6 questions have a result\n'
    expect([code, stderr]).toEqual([0, expect.stringContaining(end)])
    expectAllAnswered(fleet, 6)
    const busy = fleet.joblog().filter((job) => job.code === 6)
    expect(busy.length).toBeGreaterThanOrEqual(3)
    expect(fleet.attempts().filter((attempt) => attempt.code === 6)).toHaveLength(15)
    expect(fleet.joblog()).toHaveLength(6 + busy.length)
  })

  it.runIf(full)('asks no further questions in a pass in which ten have failed', async () => {
    const fleet: Fleet = await openFleet({
      questions: 30,
      slots: 2,
      reply: (asked) => (fleet.joblog().filter((job) => job.code === 6).length < 10 ? overloaded : answered(asked)),
    })
    const { code, stderr } = await fleet.start().ended
    const open = Number(/^fleet: (\d+) of 30 questions have no result yet/.exec(stderr)?.[1])
    expect([code, open]).toEqual([0, expect.toSatisfy((left: number) => left > 20)])
    expectAllAnswered(fleet, 30)
  })

  it.runIf(full)('gives up with 6 after passes that bring nothing, and goes on when it is started again', async () => {
    let busy = true
    const fleet = await openFleet({
      questions: 1,
      slots: 1,
      reply: (asked) => (busy ? overloaded : answered(asked)),
      environment: { FLEET_PATIENCE: '1' },
    })
    const { code, stderr } = await fleet.start().ended
    expect([code, stderr]).toEqual([
      6,
      expect.stringContaining('1 of 1 questions have no result, and the last 1 passes brought none'),
    ])
    busy = false
    expect((await fleet.start().ended).code).toBe(0)
    expectAllAnswered(fleet, 1)
  })

  it('goes on after its starter was cut off, and asks nothing again that was answered', async () => {
    const held = holding({ after: 4, many: 4, held: () => reply.silence() })
    const fleet: Fleet = await openFleet({ questions: 12, slots: 2, reply: (asked) => held.replyTo(asked, fleet) })
    const first = fleet.start()
    await held.full
    const before = fleet.numbers()
    await killAll(await first.pids())
    expect((await fleet.start().ended).code).toBe(0)
    expectAllAnswered(fleet, 12)
    expect(askedAgain(fleet)).toEqual(held.numbers.sort((one, other) => one - other))
    expect(before.filter((number) => held.numbers.includes(number))).toEqual([])
  })

  it.runIf(full)('waits for jobs that outlived their starter, and takes what they bring', async () => {
    const gate = openGate()
    const held = holding({ after: 2, many: 4, held: () => reply.gate(gate.opened).text('later') })
    const fleet: Fleet = await openFleet({ questions: 12, slots: 2, reply: (asked) => held.replyTo(asked, fleet) })
    const first = fleet.start()
    await held.full
    const parallel = await first.pids(/^\S*perl \S*parallel /)
    expect(parallel).toHaveLength(1)
    await killAll([first.pid, ...parallel])
    const second = fleet.start()
    await vi.waitFor(() => expect(second.said()).toContain('an earlier start is still at work here'), 20_000)
    gate.open()
    expect((await second.ended).code).toBe(0)
    expect(fleet.numbers()).toEqual(upTo(12))
    expect(held.numbers.map((number) => fleet.transcript(number).answer)).toEqual(held.numbers.map(() => 'later'))
    expect([askedAgain(fleet), numbersOf(fleet.asked)]).toEqual([[], upTo(12)])
  })

  it('ends with its jobs, here and on the hosts, when it is told to', async () => {
    const held = holding({ after: 0, many: 4, held: () => reply.silence() })
    const fleet: Fleet = await openFleet({ questions: 8, slots: 2, reply: (asked) => held.replyTo(asked, fleet) })
    const started = fleet.start()
    await held.full
    process.kill(started.pid, 'SIGTERM')
    expect((await started.ended).code).toBe(143)
    await vi.waitFor(async () => {
      expect([await started.pids(), fleet.hosts.running('a'), fleet.hosts.running('b')]).toEqual([[], [], []])
    }, 20_000)
    expect(fleet.numbers()).toEqual([])
  })

  it('stops at a key that does not hold, and goes on once it does', async () => {
    let known = false
    const fleet = await openFleet({
      questions: 10,
      slots: 2,
      reply: (asked) => (known ? answered(asked) : reply.status(401)),
    })
    const { code, stderr } = await fleet.start().ended
    expect(code).toBe(4)
    expect(stderr).toMatch(/^fleet: stopped: question \d+ on [ab]: agent: .*401/)
    expect(fleet.asked.length).toBeLessThanOrEqual(4)
    expect(fleet.numbers()).toEqual([])
    known = true
    expect((await fleet.start().ended).code).toBe(0)
    expectAllAnswered(fleet, 10)
  })

  it.runIf(full)('stops at a host that has no agent', async () => {
    const fleet = await openFleet({ questions: 4, slots: 1, reply: answered })
    for (const host of ['a', 'b'] as const) fleet.hosts.setEnvironment(host, { PATH: '/usr/bin:/bin' })
    const { code, stderr } = await fleet.start().ended
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^fleet: stopped: question \d on [ab]: .*agent.*not found/),
    ])
  })

  it('keeps what was refused, cut or failed, asks it no more, and sums it up', async () => {
    const fleet = await openFleet({
      questions: 5,
      slots: 2,
      reply: (asked) => {
        if (asked.number === 1) return reply.text('No.').stop('refusal')
        if (asked.number === 2) return reply.text('That').stop('max_tokens')
        if (asked.number === 3) return reply.status(400, { message: 'too long' })
        return answered(asked)
      },
    })
    expect((await fleet.start().ended).code).toBe(0)
    expect(upTo(5).map((number) => fleet.transcript(number).exit_code)).toEqual([8, 7, 5, 0, 0])
    const asked = fleet.asked.length
    expect((await fleet.start().ended).code).toBe(0)
    expect(fleet.asked).toHaveLength(asked)

    const summary = execFileSync(join(EXAMPLE, 'summary.sh'), [fleet.path('')], { encoding: 'utf8' })
    expect(summary).toContain('questions 5   answered 2   incomplete 1   refused 1   failed 1   open 0\n')
    expect(summary).toMatch(/^cost \$0\.\d+ {3}of unknown price \d$/m)
    expect(summary).toMatch(/^refused {3}1 {3}\S/m)
    expect(summary.match(/^slowest {3}/gm)).toHaveLength(3)
    expect(summary).toMatch(/^host a {3}results \d {3}attempts that brought none 0\nhost b/m)
  })

  it('takes questions that are added, asks again what was taken away, and no other list', async () => {
    const fleet = await openFleet({ questions: 3, slots: 2, reply: answered })
    writeFileSync(fleet.path('../hosts'), '2/a\n')
    expect((await fleet.start().ended).code).toBe(0)
    // The host has kept its answer of this fleet: only another fleet is a new question to it.
    rmSync(fleet.path('results/1.json'))
    expect((await fleet.start().ended).code).toBe(0)
    expect([fleet.numbers(), askedAgain(fleet)]).toEqual([upTo(3), []])

    const longest = `${question(4)} ${"it's ".repeat(5_500)}`.trim()
    appendFileSync(fleet.path('../questions.txt'), `${longest}\n`)
    rmSync(fleet.path('results/2.json'))
    rmSync(fleet.path('id'))
    expect((await fleet.start().ended).code).toBe(0)
    expect([fleet.numbers(), fleet.transcript(4).question]).toEqual([upTo(4), longest])
    expect(askedAgain(fleet)).toEqual([2])

    const list = readFileSync(fleet.path('../questions.txt'), 'utf8')
    writeFileSync(fleet.path('../questions.txt'), list.replace('1 + 1', '1 + 2'))
    expect(await fleet.start().ended).toEqual({ code: 2, stderr: expect.stringContaining('has changed since') })
    for (const bad of ['', 'x'.repeat(50_001), "it's ".repeat(5_600)]) {
      writeFileSync(fleet.path('../questions.txt'), `${list}${bad}\n${question(6)}\n`)
      expect(await fleet.start().ended).toEqual({ code: 2, stderr: expect.stringContaining(': line 5 is empty, or') })
    }
    for (const bad of [':', '4/:', '4/ssh -p 22 a']) {
      writeFileSync(fleet.path('../hosts'), `2/a\n${bad}\n`)
      expect(await fleet.start().ended).toEqual({
        code: 2,
        stderr: expect.stringContaining(`2: ${bad}: a host is one`),
      })
    }
  })
})
