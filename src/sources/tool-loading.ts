/**
 * The tool files that a host has been told to load, and how long it may take for each: the top level
 * of a file may wait or loop for ever, and nothing else would end that. A host loads them one after the
 * other, so the first that has not been answered is the one that it is at.
 */
import type { Clock } from '../contract/clock.ts'
import { AgentError } from '../contract/error.ts'
import type { FromHost, LoadedTool } from '../host/protocol.ts'
import { loadError } from './load-error.ts'

const LOAD_LIMIT_MS = 10_000

export interface ToolLoading {
  /** What `send` has told a host to load, by file. Rejects with an AgentError (exit 3). */
  load(files: readonly string[], send: () => void): Promise<LoadedTool[][]>
  answered(message: Extract<FromHost, { type: 'loaded' | 'load_failed' }>): void
  /** @param how  `SIGSEGV`, `exit code 7` */
  hostEnded(how: string): void
  /** Nothing is waited for any more. */
  close(): void
}

/** @param kill  ends the host, whose loop may be blocked */
export function openToolLoading({ clock, kill }: { clock: Clock; kill: () => void }): ToolLoading {
  const loads = new Map<string, { loaded: (tools: LoadedTool[]) => void; failed: (error: AgentError) => void }>()
  let stop = () => {}

  /** From now, the next file has its time. */
  function watchNext(): void {
    stop()
    const [file] = loads.keys()
    if (file === undefined) return
    stop = clock.timer(LOAD_LIMIT_MS, () => {
      loads.get(file)?.failed(stuck(file))
      kill()
    })
  }

  return {
    load(files, send) {
      const loading = files.map(
        (file) => new Promise<LoadedTool[]>((loaded, failed) => loads.set(file, { loaded, failed })),
      )
      send()
      watchNext()
      return Promise.all(loading)
    },
    answered(message) {
      const load = loads.get(message.file)
      // A shipped tool's file, which nobody waits for.
      if (!load) return
      loads.delete(message.file)
      if (message.type === 'loaded') load.loaded(message.tools)
      else load.failed(loadError(message))
      watchNext()
    },
    hostEnded(how) {
      stop()
      for (const { failed } of loads.values()) failed(hostError(how))
      loads.clear()
    },
    close: () => stop(),
  }
}

function stuck(file: string): AgentError {
  return new AgentError('tool-load-timeout', `"${file}" does not load: it takes more than ${LOAD_LIMIT_MS / 1000} s`, {
    exit: 'config',
    hint: 'move what waits or loops at its top level into "execute"',
  })
}

function hostError(how: string): AgentError {
  return new AgentError('host-failed', `the tool host ended while it loaded tools: ${how}`, {
    exit: 'config',
    hint: 'leave tool files out one by one to find the guilty one',
  })
}
