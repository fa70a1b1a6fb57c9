/**
 * What a tool file sets up for its calls, such as a pool of connections, and what it puts away at the end
 * of the run. Each thread of the host has its own. It decides neither when a call runs nor when the run
 * is over.
 */
import { basename } from 'node:path'
import type { CallError } from '../contract/outcome.ts'
import type { FromHost } from './protocol.ts'
import { thrownError, thrownRetryable } from './thrown.ts'
import { after, now } from './time.ts'

export type DeclaredResources = { setup: (() => unknown) | null; dispose: (() => unknown) | null }

export interface Resources {
  /** null: its tools may run. Else the file is being set up, for all that ask; rejects with a SetupFault. */
  ready(): Promise<void> | null
}

export type Disposal = Extract<FromHost, { type: 'disposing' | 'disposed' }>

/** What a call ends with whose file could not be set up; the next one tries it again. */
class SetupFault extends Error {
  readonly code = 'setup_failed'
  readonly retryable: boolean | undefined

  constructor(file: string, thrown: unknown) {
    super(`setup of "${basename(file)}" failed: ${thrownError(thrown).message}`)
    this.retryable = thrownRetryable(thrown).retryable
  }
}

type Opened = { file: string; dispose: () => unknown; ready: Promise<void> }

/** Of this thread, in the order in which they were set up. */
const opened = new Set<Opened>()

/**
 * @param exports  `setup` and `dispose` stand among them, or are methods of what is exported by default
 * @param taken    names that mean something else in this file
 * @returns        null where the file has neither
 */
export function declaredResources(
  exports: Readonly<Record<string, unknown>>,
  taken: ReadonlySet<string> = new Set(),
): DeclaredResources | null {
  const { default: whole } = exports
  const named = (name: string) => (taken.has(name) ? null : (method(exports, name) ?? method(whole, name)))
  const setup = named('setup')
  const dispose = named('dispose') ?? method(whole, Symbol.asyncDispose) ?? method(whole, Symbol.dispose)
  return setup === null && dispose === null ? null : { setup, dispose }
}

/** @param kept  told when there is something to dispose of */
export function openResources(file: string, { setup, dispose }: DeclaredResources, kept: () => void): Resources {
  let isReady = false
  let settingUp: Promise<void> | null = null

  function keep(ready: Promise<void>): () => void {
    if (dispose === null) return () => {}
    const one = { file, dispose, ready }
    opened.add(one)
    kept()
    return () => void opened.delete(one)
  }

  function setUp(begin: () => unknown): Promise<void> {
    const ready = new Promise((resolve) => resolve(begin())).then(
      () => {
        isReady = true
      },
      (thrown: unknown) => {
        settingUp = null
        forget()
        throw new SetupFault(file, thrown)
      },
    )
    const forget = keep(ready)
    return ready
  }

  return {
    ready() {
      if (isReady) return null
      if (setup === null) {
        isReady = true
        keep(Promise.resolve())
        return null
      }
      settingUp ??= setUp(setup)
      return settingUp
    },
  }
}

export function hasOpened(): boolean {
  return opened.size > 0
}

/**
 * Puts away what was set up, the last first. One that takes more than its share is not waited for by the
 * next, and none when the time is over.
 *
 * @param place  of this thread, unique in the host
 * @param tell   what begins and what has ended
 */
export async function disposeAll(graceMs: number, place: number, tell: (disposal: Disposal) => void): Promise<void> {
  const endsAtMs = now() + graceMs
  const all = [...opened].reverse()
  opened.clear()
  const disposed: Promise<void>[] = []
  for (const one of all) {
    const done = disposeOne(one, place, tell)
    disposed.push(done)
    await within(graceMs / all.length, done)
  }
  await within(endsAtMs - now(), Promise.all(disposed))
}

async function disposeOne(
  { file, dispose, ready }: Opened,
  place: number,
  tell: (disposal: Disposal) => void,
): Promise<void> {
  tell({ type: 'disposing', file, place })
  let error: CallError | null = null
  try {
    await ready
    await dispose()
  } catch (thrown) {
    // What was not set up has nothing to put away.
    error = thrown instanceof SetupFault ? null : thrownError(thrown)
  }
  tell({ type: 'disposed', file, place, error })
}

function within(ms: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const disarm = after(ms, resolve)
    done.then(() => {
      disarm()
      resolve()
    })
  })
}

function method(owner: unknown, name: string | symbol): (() => unknown) | null {
  if (typeof owner !== 'object' || owner === null) return null
  const value: unknown = Reflect.get(owner, name)
  return typeof value === 'function' ? () => Reflect.apply(value, owner, []) : null
}
