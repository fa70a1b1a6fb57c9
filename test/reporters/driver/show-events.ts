/**
 * Shows events that it is sent over a socket with the reporters of a terminal, and answers each
 * message once it is shown, so that a test decides what happens when. Arguments: port, then any of
 * `pipe` (the answer is not streamed), `plain` (nothing moves), `mono` (no colour).
 */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { systemClock } from '../../../src/contract/clock.ts'
import type { AgentEvent } from '../../../src/contract/event.ts'
import { openRedactor } from '../../../src/contract/redact.ts'
import type { Transcript } from '../../../src/contract/transcript.ts'
import { openOutput } from '../../../src/reporters/output.ts'
import { openProgress } from '../../../src/reporters/progress.ts'
import { openProse } from '../../../src/reporters/prose.ts'
import { openStderr } from '../../../src/reporters/stderr.ts'

export type Told =
  | { tell: 'event'; event: AgentEvent }
  | { tell: 'warning'; text: string }
  | { tell: 'tool'; text: string }
  | { tell: 'close'; transcript: Transcript }
  | { tell: 'leave' }
  | { tell: 'throw' }

const options = process.argv.slice(3)
const redact = openRedactor({ credentials: ['canary-0123456789'], secrets: [] })
const progress = openProgress({
  stderr: process.stderr,
  animate: !options.includes('plain'),
  colour: !options.includes('mono'),
  columns: 80,
  clock: systemClock(0),
  redact,
  summary: true,
})
const stderr = openStderr({ verbosity: 'normal', redact, progress })
const output = openOutput({ file: null })
const prose = openProse({ output, stream: !options.includes('pipe'), redact, notify: stderr.notify, progress })

const socket = connect(Number(process.argv[2]), '127.0.0.1')
for await (const line of createInterface(socket)) {
  // the test on the other side writes nothing else
  const told = JSON.parse(line) as Told
  if (told.tell === 'event') {
    prose.report(told.event)
    progress.report(told.event)
  } else if (told.tell === 'warning') stderr.notify('warning', told.text)
  else if (told.tell === 'tool') stderr.toolOutput(Buffer.from(told.text))
  else if (told.tell === 'leave') process.exit(process.listenerCount('SIGXFSZ') === 0 ? 1 : 2)
  else if (told.tell === 'throw') throw new Error('a bug')
  else {
    await prose.close(told.transcript)
    await progress.close(told.transcript)
    await stderr.close()
  }
  socket.write('shown\n')
  if (told.tell === 'close') socket.end()
}
