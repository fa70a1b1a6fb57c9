/**
 * Makes a call's error of whatever a tool threw: one text for the model and for people. It keeps no
 * stack: that is for the author of the tool, who has `--debug` and stderr.
 */
import type { CallError } from '../contract/outcome.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'
import { wellFormed } from '../contract/well-formed.ts'
import { jsonText } from './json-text.ts'

const MAX_MESSAGE_BYTES = 8 * 1024
const MAX_CAUSES = 3
const MAX_REASONS = 3
const CODE = /^[A-Za-z][\w.-]{0,63}$/

/** `code` is the thrown value's own (`ENOENT`) where it has one, else `tool_error`. Never throws. */
export function thrownError(thrown: unknown): CallError {
  try {
    const code = member(thrown, 'code') ?? member(errorsOf(thrown)[0], 'code')
    return {
      code: typeof code === 'string' && CODE.test(code) ? code : 'tool_error',
      message: keepHeadAndTail(wellFormed(messageOf(thrown)), MAX_MESSAGE_BYTES),
    }
  } catch {
    return { code: 'tool_error', message: 'threw something that cannot be read' }
  }
}

/** Whether another attempt may fare better, where the thrown value says so itself. Never throws. */
export function thrownRetryable(thrown: unknown): { retryable?: boolean } {
  try {
    const retryable = member(thrown, 'retryable')
    return typeof retryable === 'boolean' ? { retryable } : {}
  } catch {
    return {}
  }
}

/** @param isOne  of several: what it holds itself is not told, as that has no end */
function messageOf(thrown: unknown, isOne = false): string {
  if (typeof thrown === 'string') return thrown === '' ? 'threw an empty string' : thrown
  if (typeof thrown !== 'object' || thrown === null) return `threw ${String(thrown)}`
  const messages: string[] = []
  let current: unknown = thrown
  for (let causes = 0; causes < MAX_CAUSES && typeof current === 'object' && current !== null; causes += 1) {
    const message = member(current, 'message')
    const name = member(current, 'name')
    const reasons = isOne ? '' : reasonsOf(current)
    if (typeof message === 'string' && message !== '') messages.push(message)
    else if (current instanceof Error && typeof name === 'string' && reasons === '') messages.push(name)
    if (reasons !== '') messages.push(reasons)
    current = member(current, 'cause')
  }
  if (messages.length > 0) return [...new Set(messages)].join(': ')
  return `threw ${jsonText(thrown, MAX_MESSAGE_BYTES).text}`
}

/** What has been met with by several that were tried, such as the addresses of one host. */
function reasonsOf(thrown: unknown): string {
  const reasons = new Set<string>()
  for (const one of errorsOf(thrown)) {
    if (reasons.size === MAX_REASONS) break
    reasons.add(messageOf(one, true))
  }
  return [...reasons].join('; ')
}

/** Other errors' `errors` say again what their message says. */
function errorsOf(thrown: unknown): readonly unknown[] {
  const errors = member(thrown, 'name') === 'AggregateError' ? member(thrown, 'errors') : null
  return Array.isArray(errors) ? errors : []
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
