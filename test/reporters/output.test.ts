import { spawn, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSinkOutput } from '../../src/reporters/output.ts'
import type { Sink } from '../../src/reporters/sink.ts'
import type { BundledScript } from '../rig/bundle-script.ts'
import { bundleScript } from '../rig/bundle-script.ts'

let driver: BundledScript
beforeAll(async () => {
  driver = await bundleScript(join(import.meta.dirname, 'driver', 'write-output.ts'))
})
afterAll(() => driver.remove())

const MEGABYTE = 1024 * 1024

function shell(script: string, ...args: string[]) {
  const run = spawnSync('bash', ['-c', script, 'bash', process.execPath, driver.file, ...args], {
    encoding: 'utf8',
    cwd: driver.folder,
  })
  return { stdout: run.stdout, stderr: run.stderr, code: run.status }
}

/** Starts the driver with a pipe that is read only when the test reads. */
function spawnDriver(...args: (string | number)[]) {
  const child = spawn(process.execPath, [driver.file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stderr }))
  })
  return { child, ended }
}

describe('stdout', () => {
  it.each([
    ['one write', 64 * MEGABYTE],
    ['writes of a kilobyte', 1024],
  ])('C1 64 MB in %s arrive whole through a slow reader, and the event loop goes on', async (_name, pieceBytes) => {
    const { child, ended } = spawnDriver(64 * MEGABYTE, pieceBytes, '-')
    let received = 0
    for await (const chunk of child.stdout) {
      received += chunk.length
      // the reader's other work, at every chunk
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { code, stderr } = await ended
    expect({ received, code, stderr }).toEqual({
      received: 64 * MEGABYTE,
      code: 0,
      stderr: 'closed after many turns\n',
    })
  })

  it('C5 a reader that goes away ends it with 141, told at once', () => {
    const { stderr } = shell('"$1" "$2" 64000000 1000 - | head -1 >/dev/null; echo "code $PIPESTATUS" >&2')
    expect(stderr).toBe('broken output-closed\noutput-closed: the reader of stdout has gone\ncode 141\n')
  })

  it('C2 a full device is exit 12 with one line', () => {
    expect(shell('"$1" "$2" 1000 1000 - > /dev/full')).toEqual({
      code: 12,
      stdout: '',
      stderr: 'broken output-failed\noutput-failed: stdout could not be written: no space left on device (ENOSPC)\n',
    })
  })

  it('C2 a file that may not grow is exit 12, after what fits', () => {
    const { code, stderr } = shell('ulimit -f 2; "$1" "$2" 10000 700 - > limited.txt')
    expect(code).toBe(12)
    expect(stderr).toContain('output-failed: stdout could not be written: file too large (EFBIG)')
    expect(statSync(join(driver.folder, 'limited.txt')).size).toBe(2048)
  })

  it('writes to a file whole', () => {
    expect(shell('"$1" "$2" 5000000 1000000 - > whole.txt; wc -c < whole.txt').stdout.trim()).toBe('5000000')
  })
})

describe('-o FILE', () => {
  it('writes the file as a shell would: in place, with the umask, over what was there', () => {
    const run = shell('umask 027; "$1" "$2" 3000 1000 old.txt; "$1" "$2" 2000 1000 old.txt')
    expect(run.code).toBe(0)
    const status = statSync(join(driver.folder, 'old.txt'))
    expect([status.size, status.mode & 0o777]).toEqual([2000, 0o640])
  })

  it('C2 a full device is exit 12', () => {
    const run = shell('"$1" "$2" 1000 1000 /dev/full')
    expect([run.code, run.stdout]).toEqual([12, ''])
    expect(run.stderr).toContain('"/dev/full" could not be written: no space left on device (ENOSPC)')
  })

  it.each([
    ['a folder', '.', 'it is a folder'],
    ['a folder that is not there', 'no/such/file', 'its folder does not exist'],
    ['a FIFO that nobody reads', 'fifo', 'nobody reads it'],
  ])('refuses %s before anything is written', (_name, file, reason) => {
    if (file === 'fifo') shell('mkfifo fifo')
    const run = shell('"$1" "$2" 1000 1000 "$3"', file)
    expect(run.code).toBe(12)
    expect(run.stderr).toBe(`output-failed: "${file}" cannot be written: ${reason}\n`)
  })

  it('writes through a process substitution', () => {
    expect(shell('"$1" "$2" 3000000 1000 >(wc -c > counted.txt); wait $!').code).toBe(0)
    // bash ends before the substitution does: its file is there when wc has ended
    const counted = shell('while [ ! -s counted.txt ]; do :; done; cat counted.txt')
    expect(counted.stdout.trim()).toBe('3000000')
  })
})

describe('any output', () => {
  /** Takes one write at a time; the test says how each ends. */
  function heldSink() {
    const writes: { text: string; done: (error: Error | null) => void }[] = []
    const sink: Sink = {
      write: (bytes, done) => {
        writes.push({ text: bytes.toString(), done })
      },
      end: (done) => done(null),
      onError: () => undefined,
    }
    return { sink, writes }
  }

  it('keeps the order and joins what came while the system was busy', async () => {
    const { sink, writes } = heldSink()
    const output = openSinkOutput(sink, 'stdout')
    output.write('a')
    output.write('b')
    output.write('c')
    const closed = output.close()
    writes[0]?.done(null)
    writes[1]?.done(null)
    await closed
    expect(writes.map((write) => write.text)).toEqual(['a', 'bc'])
  })

  it('takes nothing more when it is broken, and rejects every close', async () => {
    const { sink, writes } = heldSink()
    const output = openSinkOutput(sink, 'stdout')
    const told: string[] = []
    output.onBroken((error) => told.push(error.code))
    output.write('a')
    writes[0]?.done(Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' }))
    output.write('b')
    output.onBroken((error) => told.push(error.code))
    await expect(output.close()).rejects.toMatchObject({ code: 'output-failed', exitCode: 12 })
    await expect(output.close()).rejects.toMatchObject({ message: 'stdout could not be written: i/o error (EIO)' })
    expect([told, writes.length]).toEqual([['output-failed', 'output-failed'], 1])
  })
})
