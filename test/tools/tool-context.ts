/**
 * The second argument of `execute`, for tools that are called directly.
 */
import type { ToolContext } from '../../src/define-tool.ts'

type Wanted = Partial<Omit<ToolContext, 'settings'>> & { settings?: Partial<ToolContext['settings']> }

export function toolContext({ settings, ...wanted }: Wanted = {}): ToolContext {
  return {
    signal: new AbortController().signal,
    idempotencyKey: 'run/call',
    attempt: 1,
    offline: false,
    progress: () => {},
    settings: { root: null, allowDotfiles: false, allowPrivateNetwork: false, ...settings },
    ...wanted,
  }
}

/** What a call failed with. */
export async function rejection(call: unknown): Promise<Error & { retryable?: boolean }> {
  try {
    await call
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('the call did not fail')
}
