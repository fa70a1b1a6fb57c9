/** What `agent doctor` looks at, one thing at a time, and what it says of each. */
import type { ExitCode } from '../contract/error.ts'
import { EXIT } from '../contract/error.ts'

export type CheckName = 'agent' | 'node' | 'config' | 'key' | 'server' | 'model' | 'tools' | 'mcp' | 'state' | 'runs'

export type Finding = {
  /** `warning`: a run would go on. `skipped`: there was nothing to look at. */
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  message: string
  hint: string | null
  /** What a run would end with, where it failed. */
  exit: ExitCode
}

export type Check = { name: CheckName; look: () => Finding | Promise<Finding> }

export function ok(message: string): Finding {
  return { status: 'ok', message, hint: null, exit: EXIT.ok }
}

export function skipped(message: string): Finding {
  return { status: 'skipped', message, hint: null, exit: EXIT.ok }
}

export function warning(message: string, hint: string | null): Finding {
  return { status: 'warning', message, hint, exit: EXIT.ok }
}

export function failed(message: string, hint: string | null, exit: ExitCode): Finding {
  return { status: 'failed', message, hint, exit }
}
