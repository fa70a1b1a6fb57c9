import { expect, it } from 'vitest'
import { newRunId, runIdFrom } from '../../src/run/run-id.ts'

it('tells the ids of runs that were begun before an instant from those of later ones', () => {
  const before = Date.now()
  const id = newRunId()
  expect([id >= runIdFrom(before), id < runIdFrom(Date.now() + 1)]).toEqual([true, true])
  expect([runIdFrom(-1), runIdFrom(0.5)]).toEqual(['0000000000', '0000000000'])
})
