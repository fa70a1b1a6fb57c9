/** Shells with `agent` on their PATH and its completions loaded, as a user has set them up, in a home of their own. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { isProgramRun } from './requirement.ts'
import { AGENT } from './run-agent.ts'
import type { Window } from './tmux.ts'
import { hasTmux, openWindow } from './tmux.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Whether tests that press Tab in this shell are to run. */
export const hasShell = (shell: Shell) => isProgramRun(shell) && hasTmux

type Start = {
  /** A folder of the home that the shell has to find. */
  folder?: string
  file: string
  text: string
  command: readonly string[]
}
const START: Record<Shell, Start> = {
  bash: {
    file: '.bashrc',
    text: `PS1='> '\nbind 'set show-all-if-ambiguous on'\neval "$(agent completion bash)"\n`,
    command: ['bash', '--noprofile', '-i'],
  },
  zsh: {
    file: '.zshrc',
    text: `PS1='> '\nautoload -Uz compinit\ncompinit -u -D\neval "$(agent completion zsh)"\n`,
    command: ['zsh', '-i'],
  },
  fish: {
    // Where it is missing, fish starts a process that reads all man pages into it, and outlives the shell.
    folder: '.local/share/fish/generated_completions',
    file: '.config/fish/config.fish',
    text: 'set fish_greeting\nfunction fish_prompt; echo -n "> "; end\nagent completion fish | source\n',
    command: ['fish', '-i'],
  },
}

/** @param dir  a folder with `home/` and `work/`, where the shell is started */
export function shellVariables(dir: string): Record<string, string> {
  const bin = join(dir, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'agent'), `#!/bin/sh\nexec '${process.execPath}' '${AGENT}' "$@"\n`, { mode: 0o755 })
  return {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: join(dir, 'home'),
    XDG_CONFIG_HOME: join(dir, 'home', '.config'),
    XDG_STATE_HOME: join(dir, 'home', '.local', 'state'),
    LANG: 'C.UTF-8',
    TERM: 'screen-256color',
  }
}

/** A real shell at a terminal, at its prompt `> `. */
export async function openShell(shell: Shell, dir: string): Promise<Window> {
  const variables = shellVariables(dir)
  const { folder = '', file, text, command } = START[shell]
  const home = join(dir, 'home')
  mkdirSync(join(home, folder), { recursive: true })
  mkdirSync(dirname(join(home, file)), { recursive: true })
  writeFileSync(join(home, file), text)
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const words = ['env', '-i', '-C', join(dir, 'work'), ...assignments, ...command]
  const window = openWindow(words, { socket: join(dir, 'tmux'), size: [100, 30] })
  onTestFinished(window.end)
  await window.until(/^> *$/)
  return window
}

/** What `complete -C` of fish answers, or the function of bash: value and, in fish, what it is. */
export function completionsIn(shell: 'bash' | 'fish', line: string, dir: string): string[] {
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: join(dir, 'work'), env: shellVariables(dir), encoding: 'utf8' })
  const lines = (text: string) => text.split('\n').filter((one) => one !== '')
  if (shell === 'fish')
    return lines(run('fish', '--no-config', '-c', 'agent completion fish | source; complete -C $argv[1]', '--', line))
  // As bash itself calls it: $2 is what the answer will stand for, which begins behind a `=`.
  const script = `eval "$(agent completion bash)"
COMP_LINE=$1 COMP_POINT=\${#1}
_agent agent "\${1##*[ =]}"
printf '%s\\n' "\${COMPREPLY[@]}"`
  return lines(run('bash', '--noprofile', '--norc', '-c', script, 'bash', line))
}
