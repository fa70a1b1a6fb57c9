import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ProgramResult } from '../../tools/run-command/run-command.ts'
import runCommand from '../../tools/run-command.ts'
import { rejection, toolContext } from './tool-context.ts'

function run(command: string[], signal = new AbortController().signal): Promise<ProgramResult> {
  // `execute` may return anything as far as its type goes; this tool returns what runProgram does.
  return runCommand.execute({ command }, toolContext({ signal })) as Promise<ProgramResult>
}

/** A folder that a program can leave signs in. */
async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'run-command-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A program that has been killed keeps its pid, as a zombie, until its parent has taken note of it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve))
}

describe('run_command', () => {
  it('S4 passes each argument on as it is, whatever a shell would make of it', async () => {
    const hostile = ['$HOME', '`id`', '; rm -rf x', '*', '-n', '--', "a'b", '', 'two words', 'line\nbreak', '&& false']
    const program = ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...hostile]
    const answer = await run([process.execPath, ...program])
    expect(answer).toEqual({ exit_code: 0, stdout: JSON.stringify(hostile), stderr: '' })
  })

  it('is a write that needs to be allowed', () => {
    expect(runCommand).toMatchObject({ effect: 'write', destructive: true })
  })

  it('gives both streams', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2'])).toEqual({
      exit_code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('gives no input', async () => {
    expect(await run(['cat'])).toEqual({ exit_code: 0, stdout: '', stderr: '' })
  })

  it('T10 names exit code and the last 4 KB of stderr', async () => {
    const error = await rejection(
      run(['sh', '-c', 'head -c 9000 /dev/zero | tr "\\0" x >&2; echo last words >&2; exit 7']),
    )
    expect(error.message).toMatch(/^"sh" ended with exit code 7; it said:\nx+last words$/)
    expect(error.message.length).toBeLessThan(4200)
  })

  it('T10 names the signal that ended it', async () => {
    await expect(run(['sh', '-c', 'kill -9 $$'])).rejects.toThrow('"sh" was ended by SIGKILL')
  })

  it.each([
    [['no-such-program-here'], '"no-such-program-here" was not found'],
    [['/etc/passwd'], '"/etc/passwd" is not executable'],
    [[''], 'the name of the program is empty'],
    [['echo', 'a\0b'], 'an argument holds a NUL character'],
  ])('T10 says of %j: %s', async (command, message) => {
    await expect(run(command)).rejects.toMatchObject({ message, retryable: false })
  })

  it('T8 keeps head and tail of endless output', async () => {
    const answer = await run(['sh', '-c', 'echo first; head -c 300000000 /dev/zero; echo last'])
    expect(answer.stdout).toMatch(/^first\n/)
    expect(answer.stdout).toMatch(/last\n$/)
    expect(answer.stdout).toContain('of 300000011 bytes left out')
    expect(answer.stdout.length).toBeLessThan(256 * 1024)
  })

  it('T2 ends what the program leaves behind, and does not wait for it', async () => {
    const answer = await run(['sh', '-c', 'sleep 600 & echo $!'])
    await untilGone(Number(answer.stdout))
  })

  it('T2 is not held by a daemon that has left the group and keeps the pipe', async () => {
    const script =
      'const c = require("child_process").spawn("sleep", ["600"], { detached: true, stdio: "inherit" }); c.unref(); console.log(c.pid)'
    const answer = await run([process.execPath, '-e', script])
    process.kill(Number(answer.stdout), 'SIGKILL')
  })

  it('ends the whole group when aborted', async () => {
    await withFolder(async (folder) => {
      const controller = new AbortController()
      const call = rejection(
        run(
          ['sh', '-c', `sleep 600 & echo $! > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid; wait`],
          controller.signal,
        ),
      )
      const pid = Number(await contentOf(join(folder, 'pid')))
      controller.abort(new Error('enough'))
      expect((await call).message).toBe('enough')
      await untilGone(pid)
    })
  })

  it('lets a program that is aborted clean up', async () => {
    await withFolder(async (folder) => {
      const controller = new AbortController()
      const script = `trap 'echo done > ${folder}/cleaned; exit 0' TERM; touch ${folder}/ready; while :; do sleep 0.05; done`
      const call = rejection(run(['sh', '-c', script], controller.signal))
      await contentOf(join(folder, 'ready'))
      controller.abort(new Error('enough'))
      expect((await call).message).toBe('enough')
      expect(readFileSync(join(folder, 'cleaned'), 'utf8')).toBe('done\n')
    })
  })

  it('T3 kills what ignores SIGTERM, after its grace', async () => {
    await withFolder(async (folder) => {
      const controller = new AbortController()
      const script = `trap '' TERM; echo $$ > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid; while :; do sleep 0.05; done`
      const call = rejection(run(['sh', '-c', script], controller.signal))
      const pid = Number(await contentOf(join(folder, 'pid')))
      controller.abort(new Error('enough'))
      expect((await call).message).toBe('enough')
      expect(isAlive(pid)).toBe(false)
    })
  })

  it('ends the whole group when the process that called it is killed', async () => {
    await withFolder(async (folder) => {
      const built = new URL('../../dist/tools/run-command.js', import.meta.url)
      const program = `sleep 600 & echo $! > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid; wait`
      const input = JSON.stringify({ command: ['sh', '-c', program] })
      const script = `const { default: tool } = await import('${built}')
        const call = tool.execute(${input}, { signal: new AbortController().signal })
        process.stdout.write('started')
        await call`
      const caller = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(caller.stdout, 'data')
      const pid = Number(await contentOf(join(folder, 'pid')))
      caller.kill('SIGKILL')
      await untilGone(pid)
    })
  })

  it('starts nothing when it is aborted beforehand', async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '')
      await expect(run(['rm', join(folder, 'file')], AbortSignal.abort(new Error('too late')))).rejects.toThrow(
        'too late',
      )
      expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('')
    })
  })
})

/** Of a file that somebody else is about to write. */
async function contentOf(path: string): Promise<string> {
  for (;;) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
