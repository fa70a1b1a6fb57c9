import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginTrace, parseTraceParent } from '../../src/contract/trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('a trace parent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, { traceId: TRACE, spanId: SPAN, sampled: true, state: 'a=1' }],
    [`00-${TRACE}-${SPAN}-00`, { traceId: TRACE, spanId: SPAN, sampled: false, state: 'a=1' }],
    // Of a later version all that this one knows is read.
    [`01-${TRACE}-${SPAN}-03-more`, { traceId: TRACE, spanId: SPAN, sampled: true, state: 'a=1' }],
    [`ff-${TRACE}-${SPAN}-01`, null],
    [`00-${TRACE}-${SPAN}-01-more`, null],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, null],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, null],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, null],
    [`00-${TRACE}-${SPAN}`, null],
    ['', null],
  ])('%j', (text, parent) => {
    expect(parseTraceParent(text, 'a=1')).toEqual(parent)
  })
})

describe('the trace of a run', () => {
  it('has ids of its own where nothing came in', () => {
    const [one, other] = [beginTrace(null), beginTrace(null)]
    expect(one.headers(null).traceparent).toBe(`00-${one.traceId}-${one.spanId}-01`)
    expect(new Set([one.traceId, other.traceId, one.spanId, other.spanId]).size).toBe(4)
    expect(one.variables(null)).toEqual({ TRACEPARENT: one.headers(null).traceparent })
  })

  it('goes on from its parent, with its flags and its state', () => {
    const { traceId, spanId, headers } = beginTrace(parseTraceParent(`00-${TRACE}-${SPAN}-00`, 'vendor=x'))
    expect(traceId).toBe(TRACE)
    expect(headers(null)).toEqual({ traceparent: `00-${TRACE}-${spanId}-00`, tracestate: 'vendor=x' })
  })

  it('says of every call an id that is one, the same whenever it is asked', () => {
    const trace = beginTrace(null)
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(trace.headers(one).traceparent).toBe(`00-${trace.traceId}-${trace.spanIdOf(one)}-01`)
        expect(parseTraceParent(trace.headers(one).traceparent, '')?.spanId).toBe(trace.spanIdOf(one))
        expect(trace.spanIdOf(one) === trace.spanIdOf(other)).toBe(one === other)
      }),
    )
  })

  it('says other ids for the same call in another process', () => {
    const parent = parseTraceParent(`00-${TRACE}-${SPAN}-01`, '')
    expect(beginTrace(parent).spanIdOf('run/call')).not.toBe(beginTrace(parent).spanIdOf('run/call'))
  })
})
