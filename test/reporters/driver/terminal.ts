/**
 * A real terminal of 80 x 24 (tmux, on a socket of its own) in which the driver shows what a test
 * tells it to.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, vi } from 'vitest'
import type { EventBody } from '../../../src/contract/event.ts'
import { isProgramRun } from '../../rig/requirement.ts'
import type { Driver } from './bundle.ts'
import { openStory } from './events.ts'
import type { Told } from './show-events.ts'

/** Whether tests that need tmux are to run: it is there, or insisted on. */
export const hasTmux = isProgramRun('tmux')

export type Terminal = {
  /** Adds events to the story and waits until each is shown; `at` is of all of them. */
  add(bodies: EventBody[], at?: number): Promise<void>
  tell(told: Told): Promise<void>
  /** Ends the run: the last lines are written, the driver exits, the shell is back. */
  close(): Promise<void>
  /** Waits until the screen holds this, and returns it without empty lines at its end. */
  until(expected: string | RegExp): Promise<string>
  resize(columns: number, rows: number): void
  /** With what the terminal was told beside text: colours. */
  coloured(): string
  cursorShown(): boolean
  end(): void
}

export async function openTerminal(
  driver: Driver,
  { options = '', size = [80, 24] }: { options?: string; size?: [number, number] } = {},
): Promise<Terminal> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // a TCP server's address is no string
  const { port } = server.address() as AddressInfo
  const socketFile = join(driver.folder, `tmux-${port}`)
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socketFile, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  const command = `PS1='$ ' NO_COLOR= TERM=screen-256color ${process.execPath} ${driver.file} ${port} ${options}; echo "[exit $?]"; exec cat`
  const connected = once(server, 'connection')
  tmux('new-session', '-d', '-x', String(size[0]), '-y', String(size[1]), 'sh', '-c', command)
  const [socket] = await connected
  const answers = createInterface(socket)[Symbol.asyncIterator]()
  const story = openStory()

  const tell = async (told: Told) => {
    socket.write(`${JSON.stringify(told)}\n`)
    await answers.next()
  }
  const screen = () => tmux('capture-pane', '-p').trimEnd()
  return {
    tell,
    add: async (bodies, at) => {
      for (const body of bodies) await tell({ tell: 'event', event: story.add(body, at) })
    },
    close: () => tell({ tell: 'close', transcript: story.transcript() }),
    until: async (expected) => {
      let seen = ''
      await vi.waitFor(() => {
        seen = screen()
        if (typeof expected === 'string') expect(seen).toContain(expected)
        else expect(seen).toMatch(expected)
      }, 10_000)
      return seen
    },
    resize: (columns, rows) => void tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    coloured: () => tmux('capture-pane', '-p', '-e'),
    cursorShown: () => tmux('display-message', '-p', '#{cursor_flag}').trim() === '1',
    end: () => {
      socket.destroy()
      server.close()
      tmux('kill-server')
    },
  }
}
