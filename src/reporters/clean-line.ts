/** Foreign text in a line of ours: without escapes, without secrets, without line ends. */
import { sanitize } from '../contract/sanitize.ts'

export function cleanLine(text: string, redact: (text: string) => string): string {
  return redact(sanitize(text)).replace(/\s+/g, ' ').trim()
}
