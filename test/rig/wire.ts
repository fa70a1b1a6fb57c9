/**
 * What goes over the socket after the request: bytes, pauses, gates and ways to end badly. Plays a
 * list of such steps onto a response. It knows server-sent events only as text; what stands in
 * them is message-events.ts.
 */
import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../src/contract/json.ts'

export type WireStep =
  /** `event`: these bytes are one whole event (counted by cutAfter). `apart`: not in one write with what follows. */
  | { type: 'bytes'; bytes: Buffer; event: boolean; apart: boolean }
  /** A pause on the reply's own timeline, which does not drift: pauses add up from its start or last gate. */
  | { type: 'wait'; ms: number }
  /** Nothing more until the test lets it go on. */
  | { type: 'gate'; gate: Promise<unknown> }
  /** The same bytes again and again, until the client has had enough. */
  | { type: 'forever'; bytes: Buffer; everyMs: number }
  | { type: 'ending'; ending: Ending }

/**
 * - `cut`: the socket is destroyed in the middle of the body
 * - `reset`: the same, with RST
 * - `eof`: the body ends properly, whatever it holds
 * - `stall`: nothing more, for ever; the socket stays open
 */
export type Ending = 'cut' | 'reset' | 'eof' | 'stall'

/** How it went on: the reply was sent to its end, we ended it badly, or the client left first. */
export type Played = 'sent' | 'broken' | 'client_gone'

export function bytesStep(text: string | Buffer, event = false): WireStep {
  return { type: 'bytes', bytes: Buffer.isBuffer(text) ? text : Buffer.from(text, 'utf8'), event, apart: false }
}

/** One server-sent event in the API's spelling: a name, one line of data. */
export function eventText(data: JsonObject, name: string, newline: string): string {
  return `event: ${name}${newline}data: ${JSON.stringify(data)}${newline}${newline}`
}

/** Ends the reply after so many bytes or whole events, whatever would have come. */
export function endAfter(
  steps: readonly WireStep[],
  after: { bytes: number } | { events: number },
  ending: Ending,
): WireStep[] {
  const kept: WireStep[] = []
  let left = 'bytes' in after ? after.bytes : after.events
  for (const step of steps) {
    if (left <= 0) break
    if (step.type !== 'bytes') kept.push(step)
    else if ('events' in after) {
      kept.push(step)
      if (step.event) left -= 1
    } else {
      kept.push({ ...step, bytes: step.bytes.subarray(0, left) })
      left -= step.bytes.length
    }
  }
  return [...kept, { type: 'ending', ending }]
}

/** Cuts the bytes between two pauses anew: pieces of `size`, each in a write of its own. Infinity makes one write. */
export function splitEvery(steps: readonly WireStep[], size: number): WireStep[] {
  const result: WireStep[] = []
  let gathered: Buffer[] = []
  const flush = () => {
    const all = Buffer.concat(gathered)
    for (let at = 0; at < all.length; at += size) {
      result.push({ type: 'bytes', bytes: all.subarray(at, at + size), event: false, apart: true })
    }
    gathered = []
  }
  for (const step of steps) {
    if (step.type === 'bytes') gathered.push(step.bytes)
    else {
      flush()
      result.push(step)
    }
  }
  flush()
  return result
}

/** Sends the steps and ends the body; resolves when the last byte has been handed over, or the connection is no more. */
export async function play(steps: readonly WireStep[], response: ServerResponse, gone: AbortSignal): Promise<Played> {
  const played = await playOpen(steps, response, gone)
  if (played !== null) return played
  await either(new Promise((resolve) => response.end(resolve)), gone)
  return gone.aborted && !response.writableFinished ? 'client_gone' : 'sent'
}

/** The same, but leaves the body open: null when there is more to come. */
export async function playOpen(
  steps: readonly WireStep[],
  response: ServerResponse,
  gone: AbortSignal,
): Promise<Played | null> {
  let due = performance.now()
  for (const step of steps) {
    if (gone.aborted) return 'client_gone'
    if (step.type === 'bytes') {
      if (!response.write(step.bytes)) await either(new Promise((resolve) => response.once('drain', resolve)), gone)
      if (step.apart) await new Promise((resolve) => setImmediate(resolve))
    } else if (step.type === 'wait') {
      due += step.ms
      await pause(due - performance.now(), gone)
    } else if (step.type === 'gate') {
      await either(step.gate, gone)
      due = performance.now()
    } else if (step.type === 'forever') {
      while (!gone.aborted) {
        response.write(step.bytes)
        await pause(step.everyMs, gone)
      }
    } else if (step.ending !== 'eof') return await endBadly(step.ending, response, gone)
    else break
  }
  return gone.aborted ? 'client_gone' : null
}

async function endBadly(
  ending: 'cut' | 'reset' | 'stall',
  response: ServerResponse,
  gone: AbortSignal,
): Promise<Played> {
  if (ending === 'stall') {
    await either(new Promise(() => {}), gone)
    return 'client_gone'
  }
  // destroySoon, not destroy: what was written before must arrive. From Node 26 on that needs a turn of the
  // loop as well: until then the response keeps the socket corked.
  if (ending === 'cut') await new Promise((resolve) => setImmediate(resolve))
  if (ending === 'reset') response.socket?.resetAndDestroy()
  else response.socket?.destroySoon()
  return 'broken'
}

/** Resolves with the promise or as soon as the signal is aborted. */
function either(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(() => resolve(), reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.max(ms, 0))
  })
  return either(waited, signal).finally(() => clearTimeout(timer))
}
