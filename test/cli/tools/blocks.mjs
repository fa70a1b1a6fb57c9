/** Tools that block the loop which they share with others. */
import { execSync } from 'node:child_process'
import { onLoop, sleep } from './both.mjs'

export default [
  onLoop('loops', async () => {
    while (true);
  }),
  onLoop('loops_later', async () => {
    await sleep(20)
    while (true);
  }),
  onLoop('loops_in_promises', async () => {
    for (;;) await null
  }),
  onLoop('sleeps_in_shell', async () => {
    execSync('sleep 60')
  }),
  onLoop('waits_atomically', async () => {
    await sleep(20)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }),
  onLoop('backtracks', async () => /^(a+)+$/.test(`${'a'.repeat(60)}b`)),
]
