/**
 * A reader who types what the pages show: a folder with the files that a page names, and a PATH on which
 * `agent`, `git`, `npm` and `npx` are.
 */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Page } from './docs-pages.ts'
import { filesOf, ROOT } from './docs-pages.ts'
import { AGENT, CANARY_KEY, makeRunFolder } from './rig/run-agent.ts'

export type Reader = { cwd: string; env: NodeJS.ProcessEnv }
export type Typed = { code: unknown; stdout: string; stderr: string }

const SERVERS = join(ROOT, 'node_modules')
const PROGRAMS = {
  agent: `exec '${process.execPath}' '${AGENT}' "$@"`,
  git: 'echo "commit 1f2e3d"',
  // What they would fetch is installed here already.
  npm: 'exit 0',
  npx: `if [ "$1" = agent ]; then exec "$@"; fi
package=$2; shift 2; exec '${process.execPath}' "${SERVERS}/$package/dist/index.js" "$@"`,
  sleep: 'echo "$1" >> slept.txt',
}

/** A folder of its own with the files of the page, and its `*.mjs` in `tools/` as well. */
export function readerOf(page: Page): Reader {
  const dir = makeRunFolder()
  const cwd = join(dir, 'work')
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  for (const [name, script] of Object.entries(PROGRAMS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  writeFileSync(join(cwd, 'notes.txt'), 'Buy milk.\n')
  writeFileSync(join(cwd, 'house-rules.txt'), 'Answer briefly.\n')
  symlinkSync(join(ROOT, 'examples'), join(cwd, 'examples'))
  for (const folder of ['tools', 'test']) mkdirSync(join(cwd, folder))
  for (const [name, text] of filesOf(page)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
    if (/^[\w-]+\.mjs$/.test(name)) cpSync(join(cwd, name), join(cwd, 'tools', name))
  }
  const PATH = `${bin}${delimiter}${process.env['PATH']}`
  return { cwd, env: { PATH, HOME: join(dir, 'home'), LANG: 'C.UTF-8', ANTHROPIC_API_KEY: CANARY_KEY } }
}

/** Types it into a shell. */
export function type(command: string, { cwd, env }: Reader, shell: readonly string[] = ['sh']): Promise<Typed> {
  const [program = '', ...options] = shell
  return new Promise((resolve) => {
    const child = execFile(program, [...options, '-c', command], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout: stdout.trimEnd(), stderr })
    })
    child.stdin?.end()
  })
}
