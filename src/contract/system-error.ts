/**
 * What the system says of a file, in words: without the code and the path that Node puts around
 * them, because whoever asks names the file itself.
 */
import { thrownMessage } from './error.ts'

/** `ENOSPC: no space left on device, write` -> `no space left on device (ENOSPC)` */
export function systemReason(error: Error & { code?: string }): string {
  const words = /^[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1]
  if (words !== undefined && error.code !== undefined) return `${words} (${error.code})`
  return error.message.split('\n')[0] ?? error.message
}

/** Why a file cannot be read, to stand behind its name: `does not exist`, `may not be read`. */
export function whyUnreadable(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `cannot be read: ${thrownMessage(thrown)}`
  const code = 'code' in thrown ? thrown.code : null
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read'
  if (code === 'EISDIR') return 'is a directory'
  return `cannot be read: ${systemReason(thrown)}`
}
