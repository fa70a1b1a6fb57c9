/**
 * Every command of examples/policies/README.md is typed into a shell, and prints what stands there.
 */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODE } from '../rig/node.ts'
import { isProgramRun } from '../rig/requirement.ts'
import { AGENT, makeRunFolder } from '../rig/run-agent.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const README = readFileSync(join(ROOT, 'examples', 'policies', 'README.md'), 'utf8')

type Example = { command: string; prints: string; code: number }

/** `$ command`, what it prints, and `$ echo $?` with its code where that is not 0. */
function examples(): Example[] {
  return [...README.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => {
    const found: Example[] = []
    for (const part of block.split(/^\$ /m).slice(1)) {
      const [command = '', ...lines] = part.trimEnd().split('\n')
      const last = found.at(-1)
      if (command === 'echo $?' && last !== undefined) last.code = Number(lines[0])
      else found.push({ command, prints: lines.join('\n'), code: 0 })
    }
    return found
  })
}

function type(command: string): Promise<{ code: unknown; printed: string }> {
  const dir = makeRunFolder()
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'agent'), `#!/bin/sh\nexec '${NODE}' '${AGENT}' "$@"\n`)
  chmodSync(join(bin, 'agent'), 0o755)
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}`, HOME: join(dir, 'home'), LANG: 'C.UTF-8' }
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', `exec 2>&1; ${command}`], { cwd: ROOT, env }, (error, stdout) => {
      resolve({ code: error?.code ?? 0, printed: stdout.trimEnd() })
    })
    child.stdin?.end()
  })
}

const all = examples()
const ofKind = (needsJq: boolean) => all.filter(({ command }) => command.includes('| jq ') === needsJq)

async function check({ command, prints, code }: Example): Promise<void> {
  expect(await type(command)).toEqual({ code, printed: prints })
}

describe('the examples of the policies', () => {
  it('are found, each policy at least once', () => {
    expect(all.length).toBeGreaterThan(15)
    const flags = [
      '--tool-retries',
      '--tool-timeout',
      '--tool-deadline',
      '--breaker',
      '--rate-limit',
      '--max-concurrent',
    ]
    const ofRun = ['--critical', '--optional', '--on-error', '--early-results', '--answer-by', '--timeout']
    for (const flag of [...flags, ...ofRun]) expect(README).toContain(flag)
  })

  it.each(ofKind(false))('print what stands there: $command', check)

  it.skipIf(!isProgramRun('jq')).each(ofKind(true))('print what stands there (needs jq): $command', check)
})
