/**
 * What the tools of the present host have to put away before it may be ended, as far as the main process
 * knows: which files had calls, and how far their `dispose` got. It waits for nothing.
 */
import type { Notify } from '../contract/reporter.ts'
import { DISPOSE_MS, type FromHost } from '../host/protocol.ts'

type Disposal = Extract<FromHost, { type: 'disposing' | 'disposed' }>

export interface Disposals {
  /** Calls of this file leave something to be put away. */
  declared(file: string): void
  /** A tool of this file has been sent a call. */
  called(file: string): void
  /** Whether the present host has something to put away. */
  readonly expected: boolean
  /** Whether it has begun to. */
  readonly begun: boolean
  heard(disposal: Disposal): void
  /** The host has put away what it had, or its time for that was over. */
  left(): void
  /** @param waitedFor  what it had not put away by now is named */
  hostEnded(waitedFor: boolean): void
}

export function openDisposals(notify: Notify): Disposals {
  const files = new Set<string>()
  const called = new Set<string>()
  const open = new Map<string, string>()
  let begun = false
  return {
    declared: (file) => void files.add(file),
    called(file) {
      if (files.has(file)) called.add(file)
    },
    get expected() {
      return called.size > 0
    },
    get begun() {
      return begun
    },
    heard(disposal) {
      const { file, place } = disposal
      const key = JSON.stringify([file, place])
      begun = true
      if (disposal.type === 'disposing') open.set(key, file)
      else open.delete(key)
      if (disposal.type === 'disposed' && disposal.error !== null)
        notify('warning', `"${file}": dispose failed: ${disposal.error.message}`)
    },
    left: () => called.clear(),
    hostEnded(waitedFor) {
      const left = begun ? [...open.values()] : [...called]
      const why = begun
        ? `dispose did not end within ${DISPOSE_MS / 1000} s`
        : 'was not disposed of: its host was blocked, or had crashed'
      if (waitedFor) for (const file of new Set(left)) notify('warning', `"${file}": ${why}`)
      called.clear()
      open.clear()
      begun = false
    },
  }
}
