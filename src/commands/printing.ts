/** How a command that makes one text prints it: whole, to stdout or the file of -o. */
import { isatty } from 'node:tty'
import type { Delivery } from './failure.ts'
import type { Streams } from './streams.ts'

/** Of the terminal that the text goes to, 80 where that was given no size; null: it goes elsewhere, and lines may be long. */
export function outputColumns(outputFile: string | null): number | null {
  return outputFile === null && isatty(1) ? process.stdout.columns || 80 : null
}

/** @throws AgentError (exit 12 or 141) */
export async function printText(text: string, { openOutput }: Streams, delivery: Delivery): Promise<void> {
  const output = openOutput()
  output.write(text)
  delivery.delivered = true
  await output.close()
}
