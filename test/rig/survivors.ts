/**
 * Finds what a run left behind. Every run has a variable of its own in its environment, which all its
 * descendants inherit, whatever groups and sessions they make for themselves: whoever bears it after
 * the end of the run is a survivor.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Named like a locale variable: those also pass to servers, which get an allow-list of variables. */
export const MARKER = 'LC_AGENT_TEST_RUN'

export type Survivor = { pid: number; command: string }

/**
 * @param withinMs  how long a process that was killed may take to be gone; polled, so that none costs nothing
 */
export async function survivors(marker: string, withinMs = 0): Promise<Survivor[]> {
  const giveUpAt = performance.now() + withinMs
  for (;;) {
    const found = process.platform === 'linux' ? bearersInProc(marker) : bearersInPs(marker)
    if (found.length === 0 || performance.now() >= giveUpAt) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What is left of a run that a test is done with. */
export async function killSurvivors(marker: string): Promise<void> {
  for (const { pid } of await survivors(marker)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended since it was found.
    }
  }
}

function bearersInProc(marker: string): Survivor[] {
  const wanted = `${MARKER}=${marker}`
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return []
    try {
      // A zombie has no environment any more, and a process may vanish while it is looked at: both are gone.
      if (
        !readFileSync(join('/proc', name, 'environ'), 'utf8')
          .split('\0')
          .includes(wanted)
      )
        return []
      const command = readFileSync(join('/proc', name, 'cmdline'), 'utf8')
        .replaceAll('\0', ' ')
        .trim()
      return [{ pid: Number(name), command }]
    } catch {
      return []
    }
  })
}

function bearersInPs(marker: string): Survivor[] {
  const lines = execFileSync('ps', ['eww', '-A', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    if (!line.includes(`${MARKER}=${marker}`)) return []
    const [, pid = '', command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return Number(pid) === process.pid ? [] : [{ pid: Number(pid), command: command.slice(0, 200) }]
  })
}
