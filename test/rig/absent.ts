/** Says before the tests what will be skipped for want of what: a number of skipped tests says neither. */
import { otherNodes } from './other-nodes.ts'
import { isProgram } from './requirement.ts'

export function setup(): void {
  const absent = [
    ...['script', 'tmux'].filter((program) => !isProgram(program)),
    ...otherNodes().flatMap(({ major, path }) => (path === null ? [`Node ${major}`] : [])),
  ]
  if (absent.length === 0) return
  process.stdout.write(`Skipped are tests that need ${absent.join(', ')}: not found; .ci/run installs them\n`)
}
