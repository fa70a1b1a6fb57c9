/** Says before the tests which will be skipped for want of what: a number of skipped tests says neither. */
import { areNamespacesPermitted, FLEET_PROGRAMS } from '../fleet/namespaces.ts'
import { isChromiumRun } from './chromium.ts'
import { otherNodes } from './other-nodes.ts'
import { isProgramRun, isRun } from './requirement.ts'

export function setup(): void {
  const shells = ['bash', 'zsh', 'fish']
  const wanted = new Set(['jq', 'script', 'tmux', ...shells, 'groff', 'mandoc', 'python3', ...FLEET_PROGRAMS])
  const programs = [...wanted].filter((program) => !isProgramRun(program))
  const nodes = otherNodes().filter(({ major, path }) => !isRun(`node-${major}`, path !== null))
  const absent = [...programs, ...(isChromiumRun() ? [] : ['chromium']), ...nodes.map(({ major }) => `Node ${major}`)]
  if (absent.length > 0)
    process.stdout.write(`Skipped are tests that need ${absent.join(', ')}: not found; .ci/run installs them\n`)
  if (!areNamespacesPermitted())
    process.stdout.write(
      'Skipped are tests that need network namespaces: they take root, and a sandbox that permits them\n',
    )
}
