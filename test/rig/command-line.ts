/**
 * How a command is started where plain spawning does not do: without a descriptor 0, or at a
 * terminal of its own.
 */
import { isProgramRun } from './requirement.ts'

export type Terminal = {
  /** Default 80 x 24. */
  columns?: number
  rows?: number
  /** What a user would write behind the command: `> file`, `2> file`, `< /dev/null`, `| head -1`. */
  redirect?: string
}

/** Whether tests that need a terminal are to run; without `script` they are skipped, or fail where they are insisted on. */
export const terminalAvailable = isProgramRun('script')

/** exec keeps the pid; only a shell can start a program without descriptor 0. */
export function withoutStdin(command: readonly string[]): string[] {
  return ['/bin/sh', '-c', 'exec "$@" <&-', 'sh', ...command]
}

/** `script` makes the terminal, and leaves with the command's exit code. */
export function atTerminal(command: readonly string[], { columns = 80, rows = 24, redirect = '' }: Terminal): string[] {
  // A pipeline cannot be exec'ed; a plain command is, so that the keys' signals meet nobody but it.
  const exec = redirect.includes('|') ? '' : 'exec '
  const line = `stty cols ${columns} rows ${rows}; ${exec}${command.map(quoted).join(' ')} ${redirect}`
  return process.platform === 'linux'
    ? ['script', '-qefc', line, '/dev/null']
    : ['script', '-q', '/dev/null', '/bin/sh', '-c', line]
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
