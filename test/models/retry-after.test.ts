import { expect, it } from 'vitest'
import { retryAfterMs } from '../../src/models/retry-after.ts'
import { openApiServer } from '../rig/api-server.ts'
import { reply } from '../rig/reply.ts'
import { faultOf, openModelRig } from './model-rig.ts'

const NOW = Date.UTC(2026, 10, 22, 7)

it.each([
  ['seconds', { 'retry-after': '7' }, 7000],
  ['parts of a second', { 'retry-after': '0.5' }, 500],
  ['milliseconds', { 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  ['a date', { 'retry-after': 'Sun, 22 Nov 2026 07:00:30 GMT' }, 30_000],
  ['a date in the past', { 'retry-after': 'Sun, 22 Nov 2026 06:59:30 GMT' }, null],
  ['garbage', { 'retry-after': 'soon' }, null],
  ['garbage that Date.parse would take', { 'retry-after': 'garbage 5' }, null],
  ['a negative number', { 'retry-after': '-3' }, null],
  ['zero', { 'retry-after': '0' }, null],
  ['a very long time', { 'retry-after': '99999999' }, 99_999_999_000],
  ['nothing', {}, null],
])('M6 retry-after: %s', async (_name, headers: Record<string, string>, expected) => {
  expect(retryAfterMs((name) => headers[name] ?? null, NOW)).toBe(expected)
  await using api = await openApiServer({ replies: [reply.status(429, { headers })] })
  await using rig = openModelRig(api.url)
  expect(faultOf(await rig.ask())).toMatchObject({ status: 429, retryable: true, retryAfterMs: expected })
})
