/**
 * A run of the library as it is handed out: its events for as many readers as like, from the first on
 * whenever they come, its transcript, and a way to end it. The run never waits for a reader. It knows
 * nothing of what a run is; see index-ask.ts.
 */
import type { AgentEvent } from './contract/event.ts'
import type { Transcript } from './contract/transcript.ts'

export interface AskRun {
  /**
   * Every event, from the first on, as it happens; several readers get all of them, and one may leave
   * early. Reading throws what `transcript` rejects with.
   */
  readonly events: AsyncIterable<AgentEvent>
  /**
   * However the run ends, its transcript says so (`status`, `exit_code`, `error`). Rejects with an
   * AgentError for bad options, missing keys and tools that do not load; it may be left unawaited.
   */
  readonly transcript: Promise<Transcript>
  /**
   * Ends the run: its transcript has the status `interrupted`.
   * @param reason  a message for the transcript, or an AgentError that brings its own exit code
   */
  abort(reason?: unknown): void
}

export type Running = { tell: (event: AgentEvent) => void; signal: AbortSignal }

/** Begins at once; `begin` gets what it tells events to, and the signal that `abort` aborts. */
export function openAskRun(begin: (running: Running) => Promise<Transcript>): AskRun {
  const controller = new AbortController()
  const told: AgentEvent[] = []
  let over: { error: unknown } | null = null
  let waiting: (() => void)[] = []
  const wake = () => {
    const woken = waiting
    waiting = []
    for (const resume of woken) resume()
  }
  const end = (error: unknown) => {
    over = { error }
    wake()
  }
  const tell = (event: AgentEvent) => {
    told.push(event)
    wake()
  }
  const transcript = begin({ tell, signal: controller.signal })
  transcript.then(() => end(null), end)

  async function* read(): AsyncGenerator<AgentEvent, void, undefined> {
    for (let next = 0; ; ) {
      const event = told[next]
      if (event !== undefined) {
        next += 1
        yield event
      } else if (over !== null) {
        if (over.error !== null) throw over.error
        return
      } else await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }

  return { events: { [Symbol.asyncIterator]: read }, transcript, abort: (reason) => controller.abort(reason) }
}
