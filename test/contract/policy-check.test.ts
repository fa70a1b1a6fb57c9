import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPolicy } from '../../src/contract/policy-check.ts'
import { checkToolOverride } from '../../src/contract/tool-override.ts'

const WHOLE = {
  timeout_ms: 700,
  deadline_ms: 300,
  retry: { max_attempts: 5, base_ms: 0, factor: 1, max_ms: 10, force: true },
  rate_limit: { limit: 5, per_ms: 1000 },
  breaker: { failures: 2, open_ms: 5 },
  max_concurrency: 3,
  priority: 'critical',
}

/** `path reason` of what is wrong, or null. */
function wrong(value: unknown): string | null {
  const { fault } = checkPolicy(value)
  return fault === null ? null : `${fault.path.join('.')} ${fault.reason}`.trim()
}

describe('the spelling of policies', () => {
  it('takes every key, and part of retry and breaker', () => {
    expect(checkPolicy(WHOLE)).toEqual({ value: WHOLE, fault: null })
    for (const part of [{}, { retry: { base_ms: 1 } }, { breaker: { failures: 1 } }, { retry: {} }]) {
      expect(checkPolicy(part)).toEqual({ value: part, fault: null })
    }
  })

  it('takes false for what can be turned off, and for nothing else', () => {
    const off = { deadline_ms: false, retry: false, rate_limit: false, breaker: false }
    expect(checkPolicy(off).value).toEqual(off)
    for (const key of ['timeout_ms', 'max_concurrency', 'priority']) expect(wrong({ [key]: false })).toContain(key)
  })

  it('counts what is undefined as left out', () => {
    expect(checkPolicy({ timeout_ms: undefined, retry: { base_ms: undefined, max_ms: 3 } }).value).toEqual({
      retry: { max_ms: 3 },
    })
  })

  it.each([
    [3, '3 is not an object'],
    [[], '[] is not an object'],
    [null, 'null is not an object'],
    [{ timeout_ms: 0 }, 'timeout_ms 0 is too small: at least 1'],
    [{ timeout_ms: -5 }, 'timeout_ms -5 is too small: at least 1'],
    [{ timeout_ms: Number.NaN }, 'timeout_ms NaN is not a number'],
    [{ timeout_ms: Number.POSITIVE_INFINITY }, 'timeout_ms Infinity is too large: at most 2147483647'],
    [{ timeout_ms: 3e9 }, 'timeout_ms 3000000000 is too large: at most 2147483647'],
    [{ timeout_ms: '5s' }, 'timeout_ms "5s" is not a number'],
    [{ timeout_ms: () => 5 }, 'timeout_ms a function is not a number'],
    [{ deadline_ms: true }, 'deadline_ms true is not a number'],
    [{ retry: true }, 'retry true is neither false nor { max_attempts, base_ms, factor, max_ms, force }'],
    [{ rate_limit: 5 }, 'rate_limit 5 is neither false nor { limit, per_ms }'],
    [{ retry: { max_attempts: 0 } }, 'retry.max_attempts 0 is too small: at least 1'],
    [{ retry: { max_attempts: 1.5 } }, 'retry.max_attempts 1.5 is not a whole number'],
    [{ retry: { max_attempts: 101 } }, 'retry.max_attempts 101 is too large: at most 100'],
    [{ retry: { base_ms: -1 } }, 'retry.base_ms -1 is too small: at least 0'],
    [{ retry: { factor: 0.5 } }, 'retry.factor 0.5 is too small: at least 1'],
    [{ retry: { base_ms: 9, max_ms: 8 } }, 'retry.max_ms 8 is less than base_ms, 9'],
    [{ retry: { force: 'yes' } }, 'retry.force "yes" is neither true nor false'],
    [{ rate_limit: {} }, 'rate_limit.limit is missing'],
    [{ rate_limit: { limit: 5 } }, 'rate_limit.per_ms is missing'],
    [{ rate_limit: { limit: 0, per_ms: 1 } }, 'rate_limit.limit 0 is too small: at least 1'],
    [{ rate_limit: { limit: 0.5, per_ms: 1 } }, 'rate_limit.limit 0.5 is not a whole number'],
    [{ rate_limit: { limit: 1, per_ms: 0 } }, 'rate_limit.per_ms 0 is too small: at least 1'],
    [{ breaker: { failures: 0 } }, 'breaker.failures 0 is too small: at least 1'],
    [{ breaker: { open_ms: null } }, 'breaker.open_ms null is not a number'],
    [{ max_concurrency: 0 }, 'max_concurrency 0 is too small: at least 1'],
    [{ max_concurrency: 2.5 }, 'max_concurrency 2.5 is not a whole number'],
    [{ priority: 'high' }, 'priority "high" is not one of "critical", "normal", "optional"'],
  ])('refuses %j: %s', (value, message) => {
    expect(wrong(value)).toBe(message)
  })

  it('names the known keys for one that is none, wherever it stands', () => {
    expect(checkPolicy({ timeout: 3 }).fault).toEqual({
      path: ['timeout'],
      reason: 'is no key of it',
      known: Object.keys(WHOLE),
    })
    const inside = (key: string) => checkPolicy({ [key]: { nope: 1 } }).fault
    expect(inside('retry')?.known).toEqual(['max_attempts', 'base_ms', 'factor', 'max_ms', 'force'])
    expect(inside('breaker')).toMatchObject({ path: ['breaker', 'nope'], known: ['failures', 'open_ms'] })
    expect(checkPolicy(JSON.parse('{ "__proto__": {} }')).fault?.path).toEqual(['__proto__'])
    expect(checkPolicy({ constructor: 1 }).fault?.path).toEqual(['constructor'])
  })

  it('answers for any value, and what it takes keeps its numbers in range', () => {
    const policies = fc.record(
      {
        timeout_ms: fc.oneof(fc.double(), fc.nat()),
        retry: fc.oneof(fc.boolean(), fc.record({ max_attempts: fc.double(), base_ms: fc.nat(), max_ms: fc.nat() })),
        rate_limit: fc.record({ limit: fc.oneof(fc.nat(), fc.double()), per_ms: fc.integer() }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.anything(), policies), (value) => {
        const { value: policy, fault } = checkPolicy(value)
        if (policy === null) {
          expect(fault.reason).not.toBe('')
          return
        }
        expect(policy.timeout_ms ?? 1).toBeGreaterThanOrEqual(1)
        if (policy.rate_limit) expect(Number.isInteger(policy.rate_limit.limit)).toBe(true)
        if (policy.retry) expect(policy.retry.max_ms ?? 0).toBeGreaterThanOrEqual(policy.retry.base_ms ?? 0)
      }),
    )
  })
})

describe('what is said of a tool from outside', () => {
  it('may be its effect, its exclusive key and whether it is destructive, beside policies', () => {
    const whole = { timeout_ms: 3, effect: 'read', exclusive: 'disk', destructive: true }
    expect(checkToolOverride(whole)).toEqual({ value: whole, fault: null })
    expect(checkToolOverride({ effect: 'safe' }).fault?.reason).toBe(
      '"safe" is not one of "read", "idempotent", "write"',
    )
    expect(checkToolOverride({ exclusive: '' }).fault?.reason).toContain('is neither true nor false nor a text')
    expect(checkToolOverride({ destructive: 1 }).fault?.reason).toBe('1 is neither true nor false')
    expect(checkToolOverride({ nope: 1 }).fault?.known).toEqual(
      expect.arrayContaining(['timeout_ms', 'effect', 'exclusive', 'destructive']),
    )
  })
})
