/**
 * Every command that the README or the help shows is typed into a shell and ends with 0: those for a
 * model ask a server on loopback. What stands behind a command as a comment is what it prints.
 */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { server } from './cli/asking.ts'
import { blocks, examples, README, shownFor } from './readme-parts.ts'
import { isProgramRun } from './rig/requirement.ts'
import { AGENT, CANARY_KEY, makeRunFolder } from './rig/run-agent.ts'

/** A folder with what the README's commands name, and a PATH on which `agent` and `git` are. */
function folderForReaders(): { cwd: string; env: NodeJS.ProcessEnv } {
  const dir = makeRunFolder()
  const cwd = join(dir, 'work')
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  const program = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  program('agent', `exec '${process.execPath}' '${AGENT}' "$@"`)
  program('git', 'echo "commit 1f2e3d"')
  writeFileSync(join(cwd, 'notes.txt'), 'Buy milk.\n')
  const servers = join(import.meta.dirname, '..', 'node_modules')
  program('npx', `package=$2; shift 2; exec '${process.execPath}' "${servers}/$package/dist/index.js" "$@"`)
  mkdirSync(join(cwd, 'tools'))
  for (const block of ['js', 'ts', 'json'].flatMap(blocks)) {
    const [, name, text = ''] = /^\/\/ (\S+)\n([\s\S]*)$/.exec(block) ?? []
    if (name === undefined) continue
    writeFileSync(join(cwd, name), text)
    if (name.endsWith('.mjs')) cpSync(join(cwd, name), join(cwd, 'tools', name))
  }
  const PATH = `${bin}${delimiter}${process.env['PATH']}`
  return { cwd, env: { PATH, HOME: join(dir, 'home'), LANG: 'C.UTF-8', ANTHROPIC_API_KEY: CANARY_KEY } }
}

function type(command: string, { cwd, env }: ReturnType<typeof folderForReaders>) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const child = execFile('sh', ['-c', command], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout: stdout.trimEnd(), stderr })
    })
    child.stdin?.end()
  })
}

const all = examples()
const commands = (needsJq: boolean) => all.filter(({ command }) => command.includes('| jq ') === needsJq)

async function check({ command, prints }: (typeof all)[number]): Promise<void> {
  const { api, env } = await server()
  const reader = folderForReaders()
  const typed = command.replace('http://127.0.0.1:11434', api.url)
  const result = await type(typed, { ...reader, env: { ...reader.env, ...env } })
  expect([result.code, result.stderr.replace(/^agent: offline: .*\n/gm, '')]).toEqual([0, ''])
  if (prints !== null) expect(result.stdout).toBe(prints)
  // What asks a model asked this one, once, with a request that the real API would take.
  expect([api.violations, api.requests.length]).toEqual([[], /--offline|--dry-run|agent tools /.test(command) ? 0 : 1])
}

describe('the examples of the README and the help', () => {
  it('are found', () => {
    expect(all.length).toBeGreaterThan(15)
    expect(all.filter(({ prints }) => prints !== null).length).toBeGreaterThan(5)
  })

  it.each(commands(false))('run: $command', check)

  it.skipIf(!isProgramRun('jq')).each(commands(true))('run (needs jq): $command', check)

  it('answer the first question', async () => {
    const first = /npx (agent ask .*)$/m.exec(README)?.[1] ?? ''
    const { code, stdout } = await type(first, folderForReaders())
    expect(code).toBe(0)
    expect(shownFor('agent ask --offline "weather in SF, NYC, Tokyo"')).toContain(`\n${stdout}\n`)
  })

  it.skipIf(!isProgramRun('tmux'))('look at a terminal as they are shown (needs tmux)', async () => {
    const command = 'agent ask --offline "weather in SF, NYC, Tokyo"'
    const { cwd, env } = folderForReaders()
    const tmux = (...args: string[]) =>
      new Promise<string>((resolve, reject) => {
        const socket = ['-S', join(cwd, 'tmux'), '-f', '/dev/null']
        execFile('tmux', [...socket, ...args], { cwd, env }, (error, stdout) =>
          error ? reject(error) : resolve(stdout),
        )
      })
    await tmux('new-session', '-d', '-x', '80', '-y', '24', `sh -c '${command}; echo "[exit $?]"; exec cat'`)
    try {
      const withoutTimes = (text: string) => text.replace(/\d+\.\d+ s/g, 'N s')
      const expected = withoutTimes(`${shownFor(command)}[exit 0]`)
      await expect
        .poll(async () => withoutTimes((await tmux('capture-pane', '-p')).trimEnd()), { timeout: 20_000 })
        .toBe(expected)
    } finally {
      await tmux('kill-server')
    }
  })
})
