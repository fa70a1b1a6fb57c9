/** That a failure neither cuts off nor doubles what is already on its way to the reader. */
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/commands/failure.ts'
import { reportFailure } from '../../src/commands/failure.ts'
import { AgentError } from '../../src/contract/error.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import { openJson } from '../../src/reporters/json.ts'
import { openJsonl } from '../../src/reporters/jsonl.ts'
import type { Output } from '../../src/reporters/output.ts'
import { openSinkOutput } from '../../src/reporters/output.ts'

const redact = openRedactor({ credentials: ['canary-0123456789'], secrets: [] })

/** An output whose reader takes the text when it is told to. */
function heldOutput(): { output: Output; read: () => string } {
  let text = ''
  let done: (error: Error | null) => void = () => undefined
  const output = openSinkOutput(
    {
      write: (bytes, then) => {
        text += bytes
        done = then
      },
      end: (then) => then(null),
      onError: () => undefined,
    },
    'stdout',
  )
  return {
    output,
    read: () => {
      done(null)
      return text
    },
  }
}

function delivery(over: Partial<Delivery>): Delivery {
  const next = { seq: 0, at_ms: 0 }
  return { format: 'json', outputFile: null, output: null, reporter: null, next, delivered: false, ...over }
}

function view(said: string[]) {
  return { error: ({ message }: { message: string }) => said.push(message), print: () => {}, redact, debug: false }
}

describe('C3 a failure', () => {
  it('waits for the document that is being written', async () => {
    const { output, read } = heldOutput()
    output.write('a document')
    const said: string[] = []
    let ended = false
    const reported = reportFailure(new Error('late'), delivery({ output, delivered: true }), view(said)).then(
      (code) => {
        ended = true
        return code
      },
    )
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toBe(false)
    expect(read()).toBe('a document')
    expect(await reported).toBe(1)
    expect(said).toEqual(['bug: late'])
  })

  it('ends the events that are out with the next one, and nothing follows it', async () => {
    const { output, read } = heldOutput()
    const reporter = openJsonl({ output, redact })
    reporter.report({ type: 'turn_start', turn: 1, seq: 0, at_ms: 1 })
    // Held back: it may be the first half of a secret.
    reporter.report({ type: 'text_delta', turn: 1, text: 'canary-01', seq: 1, at_ms: 2 })
    const next = { seq: 2, at_ms: 2 }
    const reported = reportFailure(
      new AgentError('x', 'canary-0123456789', { exit: 'config' }),
      delivery({ format: 'jsonl', output, reporter, next }),
      view([]),
    )
    await new Promise((resolve) => setImmediate(resolve))
    reporter.report({ type: 'turn_start', turn: 2, seq: 3, at_ms: 3 })
    read()
    const lines = read()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(await reported).toBe(3)
    expect(lines).toMatchObject([
      { seq: 0, type: 'turn_start' },
      { seq: 1, text: '[redacted]' },
      { seq: 2, type: 'run_end', exit_code: 3, error: { message: '[redacted]' } },
    ])
  })

  it('is one document, told once', async () => {
    const { output, read } = heldOutput()
    const state = delivery({ output, reporter: openJson({ output, redact }) })
    const error = new AgentError('x', 'first', { exit: 'config' })
    const reported = [reportFailure(error, state, view([])), reportFailure(new Error('second'), state, view([]))]
    await new Promise((resolve) => setImmediate(resolve))
    expect(JSON.parse(read())).toMatchObject({ exit_code: 3, error: { message: 'first' } })
    expect(await Promise.all(reported)).toEqual([3, 1])
  })
})
