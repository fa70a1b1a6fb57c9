import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { outputPipes, pipeHolders } from '../../src/process/pipe-holders.ts'

it.runIf(process.platform === 'linux')('T2 names who holds the output of a program, and nobody else', async () => {
  const [one, other] = [spawn('cat'), spawn('cat')]
  await Promise.all([once(one, 'spawn'), once(other, 'spawn')])
  const pipes = outputPipes(one.pid ?? 0, [one.stdout, one.stderr])
  expect(pipes).toHaveLength(2)
  expect(pipeHolders(pipes)).toEqual([one.pid])
  // As of one that has ended before anybody looked.
  expect(outputPipes(2 ** 22, [one.stdout, one.stderr])).toEqual(pipes)
  one.stdin.end()
  other.stdin.end()
  await Promise.all([once(one, 'close'), once(other, 'close')])
  expect(pipeHolders(pipes)).toEqual([])
})

it('finds nobody where nothing is known of the pipes', () => {
  expect(pipeHolders([])).toEqual([])
  expect(outputPipes(2 ** 22, [null, null])).toEqual([])
})
