import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plans, runPlan } from './random-schedule.ts'

const RUNS = process.env['FULL'] ? 100_000 : 10_000

describe('the scheduler under its policies', () => {
  it('T13 loses and exceeds no slot, ends every call once, keeps exclusive keys apart and in order, starts nothing after an abort', async () => {
    expect.hasAssertions()
    await fc.assert(fc.asyncProperty(plans, runPlan), { numRuns: RUNS })
  }, 600_000)
})
