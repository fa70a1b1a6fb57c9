import { describe, expect, it } from 'vitest'
import type { AgentError } from '../../src/contract/error.ts'
import type { SignalName } from '../../src/interruption.ts'
import { isHangupIgnored, isNohup, openInterruption } from '../../src/interruption.ts'
import { openFakeClock } from '../rig/fake-clock.ts'

function rig() {
  const clock = openFakeClock()
  const insisted: string[] = []
  let send: (name: SignalName) => void = () => {}
  const interruption = openInterruption(
    clock,
    (callback) => {
      send = callback
    },
    (first) => insisted.push(first.message),
  )
  interruption.onInsist(() => insisted.push('ended everything'))
  return { clock, interruption, insisted, send: (name: SignalName) => send(name) }
}

describe('an interruption', () => {
  it('aborts with what the exit code will be', () => {
    const { interruption, insisted, send } = rig()
    send('SIGHUP')
    expect(interruption.signal.reason).toMatchObject({ code: 'interrupted', exitCode: 129 })
    expect(insisted).toEqual([])
  })

  it('insists at the second signal, with the meaning of the first', async () => {
    const { clock, insisted, send } = rig()
    send('SIGTERM')
    await clock.advance(30)
    send('SIGTERM')
    expect(insisted).toEqual(['ended everything', 'interrupted by SIGTERM'])
  })

  it('takes the echo that npx makes of a Ctrl-C for the same one, and another signal for a second', async () => {
    const { clock, insisted, send } = rig()
    send('SIGINT')
    await clock.advance(5)
    send('SIGINT')
    expect(insisted).toEqual([])
    send('SIGTERM')
    expect(insisted).toEqual(['ended everything', 'interrupted by SIGINT'])
  })

  it('counts a signal after the reader has gone as the first', () => {
    const { interruption, insisted, send } = rig()
    const gone = { code: 'output-closed' } as AgentError // only handed through
    interruption.interrupt(gone)
    send('SIGINT')
    expect(interruption.signal.reason).toBe(gone)
    expect(insisted).toEqual([])
  })

  it('takes the place of what is waited for', async () => {
    const { interruption, send } = rig()
    await expect(interruption.orInterrupted(Promise.resolve(1))).resolves.toBe(1)
    await expect(interruption.orInterrupted(Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    const waiting = interruption.orInterrupted(new Promise(() => {}))
    send('SIGINT')
    await expect(waiting).rejects.toMatchObject({ exitCode: 130 })
    await expect(interruption.orInterrupted(Promise.resolve(1))).rejects.toMatchObject({ exitCode: 130 })
  })
})

describe('SIGHUP', () => {
  it('is nothing to us under nohup', () => {
    expect(isNohup({ _: '/usr/bin/nohup' })).toBe(true)
    expect(isNohup({ _: '/usr/bin/node' })).toBe(false)
    expect(isNohup({})).toBe(false)
  })

  it('is to be reacted to where nothing is known of the parent', () => {
    expect(isHangupIgnored(2 ** 30)).toBe(false)
  })
})
