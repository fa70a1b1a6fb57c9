/** A real terminal in a window of its own (tmux, on a socket of its own), whose screen can be read. */
import { execFileSync } from 'node:child_process'
import { expect, vi } from 'vitest'
import { isProgramRun } from './requirement.ts'

/** Whether tests that need tmux are to run: it is there, or insisted on. */
export const hasTmux = isProgramRun('tmux')

export type Window = {
  /** Waits until the screen holds this, and returns it without empty lines at its end. */
  until(expected: string | RegExp): Promise<string>
  screen(): string
  /** Presses keys, by the names of tmux: `C-c`, `Enter`, or text. */
  press(...keys: string[]): void
  resize(columns: number, rows: number): void
  /** With what the terminal was told beside text: colours. */
  coloured(): string
  cursor(): { shown: boolean; column: number }
  end(): void
}

/** @param socket  a file that does not exist yet */
export function openWindow(
  command: readonly string[],
  { socket, size: [columns, rows] = [80, 24] }: { socket: string; size?: [number, number] },
): Window {
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), ...command)
  const screen = () => tmux('capture-pane', '-p').trimEnd()
  const ask = (format: string) => tmux('display-message', '-p', format).trim()
  return {
    screen,
    until: async (expected) => {
      let seen = ''
      await vi.waitFor(() => {
        seen = screen()
        if (typeof expected === 'string') expect(seen).toContain(expected)
        else expect(seen).toMatch(expected)
      }, 10_000)
      return seen
    },
    press: (...keys) => void tmux('send-keys', ...keys),
    resize: (width, height) => void tmux('resize-window', '-x', String(width), '-y', String(height)),
    coloured: () => tmux('capture-pane', '-p', '-e'),
    cursor: () => ({ shown: ask('#{cursor_flag}') === '1', column: Number(ask('#{cursor_x}')) }),
    end: () => void tmux('kill-server'),
  }
}
