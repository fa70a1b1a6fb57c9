/**
 * Writes as much as it is told through the output, and says on stderr how it went: the most that
 * its event loop stood still, and the error. Arguments: bytes, bytes of one write, file or `-`.
 */
import { isAgentError } from '../../../src/contract/error.ts'
import { openOutput } from '../../../src/reporters/output.ts'

const [bytes, pieceBytes, file] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]]

try {
  const output = openOutput({ file: file === undefined || file === '-' ? null : file })
  output.onBroken((error) => process.stderr.write(`broken ${error.code}\n`))
  let turns = 0
  const ticker = setInterval(() => {
    turns += 1
  }, 5)
  const piece = `${'x'.repeat(pieceBytes - 1)}\n`
  for (let written = 0; written < bytes; written += pieceBytes) output.write(piece)
  const closed = output.close()
  await closed.finally(() => clearInterval(ticker))
  process.stderr.write(`closed after ${turns > 3 ? 'many turns' : 'few turns'}\n`)
  process.exit(0)
} catch (error) {
  if (!isAgentError(error)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exit(error.exitCode)
}
