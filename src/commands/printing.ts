/** How a command that makes one text prints it: whole, to stdout or the file of -o. */
import type { Delivery } from './failure.ts'
import type { Streams } from './streams.ts'

/** @throws AgentError (exit 12 or 141) */
export async function printText(text: string, { openOutput }: Streams, delivery: Delivery): Promise<void> {
  const output = openOutput()
  output.write(text)
  delivery.delivered = true
  await output.close()
}
