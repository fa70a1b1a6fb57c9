import { describe, expect, it } from 'vitest'
import type { FailureStatus } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import { openFailures } from '../../src/reporters/progress-failures.ts'
import { ok } from './driver/events.ts'

describe('failures of many calls', () => {
  function tellAll(...ends: [tool: string, status: FailureStatus, code: string, times: number][]) {
    const failures = openFailures()
    const told = ends.map(
      ([tool, status, code, times]) =>
        Array.from({ length: times }, (_, of) => failures.tells(tool, failure(status, code, `no. ${of}`))).filter(
          (tells) => tells,
        ).length,
    )
    return { told, untold: failures.untold() }
  }

  it('are told as long as they are few', () => {
    expect(tellAll(['get', 'failed', 'exit', 4])).toEqual({ told: [4], untold: { count: 0, reasons: [] } })
  })

  it('are told five times for one reason, then counted, so that another reason is told too', () => {
    expect(tellAll(['get', 'failed', 'exit', 400], ['put', 'timed_out', 'timed_out', 1])).toEqual({
      told: [5, 1],
      untold: { count: 395, reasons: [{ text: 'get failed (exit)', count: 395 }] },
    })
  })

  it('are told ten times in all; the commonest reason comes first in what is left', () => {
    const { told, untold } = tellAll(
      ['a', 'failed', 'exit', 6],
      ['b', 'failed', 'exit', 5],
      ['c', 'timed_out', 'timed_out', 3],
    )
    expect(told).toEqual([5, 5, 0])
    expect(untold).toEqual({
      count: 4,
      reasons: [
        { text: 'c timed out', count: 3 },
        { text: 'a failed (exit)', count: 1 },
      ],
    })
  })

  it('are no calls that were cut off or skipped, nor those that were not started', () => {
    const { told, untold } = tellAll(
      ['get', 'canceled', 'canceled', 3],
      ['get', 'not_started', 'not_started', 3],
      ['get', 'skipped', 'optional_grace', 3],
    )
    expect([told, untold.count]).toEqual([[0, 0, 0], 0])
    expect(openFailures().tells('get', ok('x'))).toBe(false)
  })
})
