/**
 * Kills a process with its group and its descendants. The group is not enough: a tool that starts a
 * command gives it a group of its own, to be able to end all of it.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** @param leader  pid of a process that leads its own group */
export function killTree(leader: number): void {
  // Read before the parent dies: its children are adopted by another then.
  const pids = descendants(leader)
  kill(-leader)
  for (const pid of pids) kill(pid)
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** From /proc; where there is none (macOS) only the group is known. */
function descendants(pid: number): number[] {
  const found: number[] = []
  const open = [pid]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children = childrenOf(next)
    found.push(...children)
    open.push(...children)
  }
  return found
}

function childrenOf(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    return tasks.flatMap((task) => numbers(readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')))
  } catch {
    return []
  }
}

function numbers(text: string): number[] {
  return text.split(' ').filter(Boolean).map(Number)
}
