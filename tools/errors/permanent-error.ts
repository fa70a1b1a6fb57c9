/**
 * An error that the same call would meet again: unknown place, refused address, bad path. Any object
 * that a tool throws may carry `retryable: false`; nothing else is needed to say so.
 */
export function permanentError(message: string, options?: ErrorOptions): Error & { retryable: false } {
  return Object.assign(new Error(message, options), { retryable: false as const })
}
