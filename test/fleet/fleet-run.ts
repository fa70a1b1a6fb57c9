/** A fleet of two hosts that asks a scripted API; starts examples/fleet/fleet.sh and reads what it leaves. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import type { Transcript } from '../../src/contract/transcript.ts'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import { userTexts } from '../cli/asking.ts'
import type { ApiRequest, ApiServer } from '../rig/api-server.ts'
import { openApiServer } from '../rig/api-server.ts'
import type { Reply } from '../rig/reply.ts'
import { makeRunFolder } from '../rig/run-agent.ts'
import { MARKER, survivors } from '../rig/survivors.ts'
import type { HostName, TwoHosts } from './two-hosts.ts'
import { openTwoHosts } from './two-hosts.ts'

export const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'fleet')

/** One request of the API, as the fleet made it. */
export type Asked = { number: number; host: HostName; request: ApiRequest }
export type Job = { number: number; host: string; code: number; signal: number; line: string }
export type Attempt = { number: number; host: string; code: number; message: string }
export type Ended = { code: number | null; stderr: string }

export interface Fleet {
  readonly hosts: TwoHosts
  readonly api: ApiServer
  readonly asked: readonly Asked[]
  /** Numbers of the questions that have a result. */
  numbers(): number[]
  transcript(number: number): Transcript
  joblog(): Job[]
  attempts(): Attempt[]
  /** Files of this folder that begin so; [] where there are none. */
  files(folder: string): string[]
  path(name: string): string
  start(): Started
}

export interface Started {
  readonly ended: Promise<Ended>
  readonly pid: number
  /** All that it started on this machine; the hosts have processes of their own. */
  pids(only?: RegExp): Promise<number[]>
  /** On stderr, so far. */
  said(): string
}

/** What a question says, so that its request tells its number. */
export const question = (number: number) => `what's ${number} + ${number}, "in" $figures?`

export async function openFleet(options: {
  questions: number
  /** Of each host, at once. */
  slots: number
  reply: (asked: Asked) => Reply | Promise<Reply>
  environment?: Record<string, string>
}): Promise<Fleet> {
  const dir = makeRunFolder()
  const rig = join(dir, 'rig')
  mkdirSync(rig)
  const hosts = await openTwoHosts(rig)
  onTestFinished(() => hosts[Symbol.dispose]())
  const asked: Asked[] = []
  const api = await openApiServer({
    address: hosts.address,
    replies: (request) => {
      const one = readAsked(request)
      asked.push(one)
      return options.reply(one)
    },
  })
  onTestFinished(() => api.close())
  for (const host of ['a', 'b'] as const)
    hosts.setEnvironment(host, { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_AUTH_TOKEN: `key-of-${host}` })
  const work = join(dir, 'work')
  const out = join(work, 'out')
  const lines = Array.from({ length: options.questions }, (_, index) => `${question(index + 1)}\n`)
  writeFileSync(join(work, 'questions.txt'), lines.join(''))
  writeFileSync(join(work, 'hosts'), `# two of them\n${options.slots}/a\n${options.slots}/b\n`)

  const files = (folder: string) => readdirSync(join(out, folder))
  const rows = (name: string) =>
    readFileSync(join(out, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => ({ line, cells: line.split('\t') }))
  return {
    hosts,
    api,
    asked,
    files,
    path: (name) => join(out, name),
    numbers: () =>
      files('results')
        .map((name) => Number(name.replace('.json', '')))
        .sort((one, other) => one - other),
    transcript: (number) =>
      transcriptSchema.parse(JSON.parse(readFileSync(join(out, 'results', `${number}.json`), 'utf8'))),
    joblog: () =>
      rows('joblog')
        .slice(1)
        .map(({ line, cells: [number, host = '', , , , , code, signal] }) => {
          return { number: Number(number), host, code: Number(code), signal: Number(signal), line }
        }),
    attempts: () =>
      rows('attempts').map(({ cells: [, number, host = '', code, message = ''] }) => {
        return { number: Number(number), host, code: Number(code), message }
      }),
    start: () => start(dir, { FLEET_SSH: hosts.ssh, FLEET_PAUSE: '1', ...options.environment }),
  }
}

function readAsked(request: ApiRequest): Asked {
  const number = Number(/^what's (\d+) \+/.exec(userTexts(request.body)[0] ?? '')?.[1])
  const host = request.headers.authorization === 'Bearer key-of-a' ? 'a' : 'b'
  return { number, host, request }
}

function start(dir: string, environment: Record<string, string>): Started {
  const marker = randomUUID()
  const child: ChildProcess = spawn(join(EXAMPLE, 'fleet.sh'), ['questions.txt', 'hosts', 'out'], {
    cwd: join(dir, 'work'),
    env: {
      PATH: process.env['PATH'],
      HOME: join(dir, 'home'),
      TMPDIR: join(dir, 'tmp'),
      LANG: 'C.UTF-8',
      SHELL: '/bin/sh',
      [MARKER]: marker,
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve({ code, stderr }))
  })
  const pids = async (only = /./) =>
    (await survivors(marker)).filter(({ command }) => only.test(command)).map(({ pid }) => pid)
  onTestFinished(async () => {
    await killAll(await pids())
    // Each may have started another one before it was killed.
    await vi.waitFor(async () => expect(await killAll(await pids())).toBe(0), 5000)
  })
  return { ended, pid: child.pid ?? 0, pids, said: () => stderr }
}

/** @returns how many there were to kill */
export async function killAll(pids: readonly number[]): Promise<number> {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  return pids.length
}
