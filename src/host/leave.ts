/**
 * How the host ends: by SIGKILL to its own process group. `process.exit` would wait for worker
 * threads, and one that sits in `execSync` cannot be terminated; the group takes along what tools
 * have started and left behind.
 */

const kill = process.kill.bind(process)
const { pid } = process

export function killGroup(): void {
  try {
    kill(-pid, 'SIGKILL')
  } catch {
    // Not the leader of a group: started by hand.
  }
  kill(pid, 'SIGKILL')
}
