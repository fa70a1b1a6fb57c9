/**
 * Calls that must not overlap: those with one key run one at a time, in the order in which the model
 * asked for them. A call takes its place when it is known, before it may start, so that a read behind
 * a write waits for it. A key that has yet to be found out may be any: those behind wait until it is
 * known.
 */

import type { Clock } from '../contract/clock.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Step } from './policied.ts'
import { canceledOutcome } from './policied.ts'

/** `key`: null for a call that may overlap with any. `failed`: there is none, and this is the call's outcome. */
export type KeyFound = { type: 'key'; key: string | null } | { type: 'failed'; outcome: Outcome }

type Line = { places: ExclusivePlace[]; head: number }

export class ExclusivePlace {
  readonly #keys: ExclusiveKeys
  /** null: not known yet. */
  found: KeyFound | null = null
  gone = false
  /** Whether it is its turn. */
  entered = false
  #told: (() => void) | null = null

  constructor(keys: ExclusiveKeys) {
    this.#keys = keys
  }

  know(found: KeyFound): void {
    this.found ??= found
    this.#keys.arrive()
  }

  /** It is its turn, or it turned out to have no key. */
  enter(): void {
    this.entered = true
    this.#told?.()
  }

  whenEntered(told: () => void): void {
    this.#told = told
    if (this.entered) told()
  }

  /** The call has ended, or needs the place no more. */
  leave(): void {
    if (this.gone) return
    this.gone = true
    this.#told = null
    this.#keys.left(this)
  }
}

export class ExclusiveKeys {
  /** In the model's order, from the first whose key is not known, which is at `#head`. */
  #arriving: ExclusivePlace[] = []
  #head = 0
  readonly #lines = new Map<string, Line>()

  /** The next place in the model's order; its key has to follow. */
  place(): ExclusivePlace {
    const place = new ExclusivePlace(this)
    this.#arriving.push(place)
    return place
  }

  /** Those at the front whose key is known go to its line. */
  arrive(): void {
    const entering: ExclusivePlace[] = []
    for (let place = this.#next(); place !== undefined; place = this.#next()) {
      if (!place.gone && this.#mayEnter(place)) entering.push(place)
    }
    for (const place of entering) if (!place.gone) place.enter()
  }

  /** The first, where its key is known by now; it is passed then. */
  #next(): ExclusivePlace | undefined {
    const first = this.#arriving[this.#head]
    if (first === undefined || (first.found === null && !first.gone)) return undefined
    this.#head += 1
    if (this.#head === this.#arriving.length) {
      this.#arriving = []
      this.#head = 0
    }
    return first
  }

  left(place: ExclusivePlace): void {
    const line = lineOf(place, this.#lines)
    if (line === undefined) {
      this.arrive()
      return
    }
    while (line.places[line.head]?.gone) line.head += 1
    const first = line.places[line.head]
    if (first === undefined) this.#lines.delete(keyOf(place) ?? '')
    else if (!first.entered) first.enter()
    if (line.head > 1_000 && line.head * 2 > line.places.length) {
      line.places = line.places.slice(line.head)
      line.head = 0
    }
  }

  #mayEnter(place: ExclusivePlace): boolean {
    const key = keyOf(place)
    if (key === null) return true
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, { places: [place], head: 0 })
    else line.places.push(place)
    return line === undefined
  }
}

/** Holds the key across all attempts, so that ordered calls stay ordered. */
export function exclusive(clock: Clock, next: Step): Step {
  return (call, settle) => {
    const { place } = call
    if (place === null) {
      next(call, settle)
      return
    }
    if (call.cancellation.reason !== null) {
      place.leave()
      settle(canceledOutcome(call.cancellation.reason, call.hasStarted))
      return
    }
    const since = clock.now()
    const forget = call.cancellation.onCancel(() => {
      const { reason } = call.cancellation
      if (reason === null) return
      place.leave()
      settle(canceledOutcome(reason, call.hasStarted))
    })
    place.whenEntered(() => {
      forget()
      if (place.found?.type === 'failed') {
        place.leave()
        settle(place.found.outcome)
        return
      }
      call.waited.exclusive_ms += clock.now() - since
      next(call, (outcome) => {
        settle(outcome)
        place.leave()
      })
    })
  }
}

function keyOf({ found }: ExclusivePlace): string | null {
  return found?.type === 'key' ? found.key : null
}

function lineOf(place: ExclusivePlace, lines: ReadonlyMap<string, Line>): Line | undefined {
  const key = keyOf(place)
  return key === null ? undefined : lines.get(key)
}
