/**
 * Whether tests may make machines of network namespaces here: that takes root, and a kernel and a sandbox
 * that permit it. What is not permitted cannot be installed, so it is never insisted on.
 */
import { execFileSync } from 'node:child_process'
import { isProgramRun } from '../rig/requirement.ts'

/** What the fleet needs on the machine that starts it, and on its hosts. */
export const FLEET_PROGRAMS = ['ip', 'jq', 'parallel', 'perl', 'ssh', 'ssh-keygen', 'sshd']

/** Whether the tests of the fleet are to run: all is there and permitted, or insisted on. */
export function isFleetRun(): boolean {
  return FLEET_PROGRAMS.every(isProgramRun) && areNamespacesPermitted()
}

/** True also where there is no `ip` to try it with. */
export function areNamespacesPermitted(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const name = `agent-probe-${process.pid}`
  const end = `ap${process.pid}`
  try {
    ip('netns', 'add', name)
  } catch (error) {
    // Node's errors of processes that could not be started have a code.
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
  try {
    ip('link', 'add', `${end}b`, 'type', 'bridge')
    ip('link', 'add', `${end}v`, 'type', 'veth', 'peer', 'name', `${end}p`)
    ip('link', 'set', `${end}p`, 'netns', name)
    ip('netns', 'exec', name, 'true')
    return true
  } catch {
    return false
  } finally {
    for (const link of [`${end}v`, `${end}b`]) quietly(() => ip('link', 'delete', link))
    quietly(() => ip('netns', 'delete', name))
  }
}

/** @returns what it prints */
export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** For cleaning up: what was not made cannot be taken away, and what follows is to be. */
export function quietly(clean: () => void): void {
  try {
    clean()
  } catch {
    return
  }
}
