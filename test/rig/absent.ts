/** Says before the tests which will be skipped for want of what: a number of skipped tests says neither. */
import { isChromiumRun } from './chromium.ts'
import { otherNodes } from './other-nodes.ts'
import { isProgramRun, isRun } from './requirement.ts'

export function setup(): void {
  const programs = ['jq', 'script', 'tmux', 'bash', 'python3'].filter((program) => !isProgramRun(program))
  const nodes = otherNodes().filter(({ major, path }) => !isRun(`node-${major}`, path !== null))
  const absent = [...programs, ...(isChromiumRun() ? [] : ['chromium']), ...nodes.map(({ major }) => `Node ${major}`)]
  if (absent.length === 0) return
  process.stdout.write(`Skipped are tests that need ${absent.join(', ')}: not found; .ci/run installs them\n`)
}
