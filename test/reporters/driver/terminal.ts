/**
 * A real terminal of 80 x 24 in which the driver shows what a test tells it to.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EventBody } from '../../../src/contract/event.ts'
import type { BundledScript } from '../../rig/bundle-script.ts'
import type { Window } from '../../rig/tmux.ts'
import { openWindow } from '../../rig/tmux.ts'
import { openStory } from './events.ts'
import type { Told } from './show-events.ts'

export type Terminal = Window & {
  /** Adds events to the story and waits until each is shown; `at` is of all of them. */
  add(bodies: EventBody[], at?: number): Promise<void>
  tell(told: Told): Promise<void>
  /** Ends the run: the last lines are written, the driver exits, the shell is back. */
  close(): Promise<void>
}

export async function openTerminal(
  driver: BundledScript,
  { options = '', size = [80, 24], before = '' }: { options?: string; size?: [number, number]; before?: string } = {},
): Promise<Terminal> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // a TCP server's address is no string
  const { port } = server.address() as AddressInfo
  const shown = `${process.execPath} ${driver.file} ${port} ${options}`
  const command = `PS1='$ ' NO_COLOR= TERM=screen-256color; ${before} ${shown}; echo "[exit $?]"; exec cat`
  const connected = once(server, 'connection')
  const window = openWindow(['sh', '-c', command], { socket: join(driver.folder, `tmux-${port}`), size })
  const [socket] = await connected
  const answers = createInterface(socket)[Symbol.asyncIterator]()
  const story = openStory()

  const tell = async (told: Told) => {
    socket.write(`${JSON.stringify(told)}\n`)
    await answers.next()
  }
  return {
    ...window,
    tell,
    add: async (bodies, at) => {
      for (const body of bodies) await tell({ tell: 'event', event: story.add(body, at) })
    },
    close: () => tell({ tell: 'close', transcript: story.transcript() }),
    end: () => {
      socket.destroy()
      server.close()
      window.end()
    },
  }
}
