/**
 * `agent completion`: prints the script that makes a shell ask `agent complete` at every Tab.
 *
 * Our own scripts, since those of a library that was tried (@bomb.sh/tab 0.0.22) hand what was typed, or
 * what was answered, to `eval` and `compgen -W`: at a Tab bash ran a `$(...)` of the unfinished line. It
 * also completes no names of files, and nothing behind a comma.
 */
import type { ExitCode } from '../contract/error.ts'
import { AgentError, EXIT } from '../contract/error.ts'
import type { AskFlags } from '../flags.ts'
import type { AskContext } from './ask.ts'
import { openFlagsStreams, STDERR_MS } from './ask.ts'
import { closeWithin } from './closing.ts'
import bash from './completion/agent.bash?raw'
import fish from './completion/agent.fish?raw'
import zsh from './completion/agent.zsh?raw'
import { reportFailure } from './failure.ts'
import { printText } from './printing.ts'
import { SHELLS } from './shells.ts'

const SCRIPTS = { bash, zsh, fish }

/** @param shell  as it was typed; null: none was */
export async function completion(shell: string | null, flags: AskFlags, context: AskContext): Promise<ExitCode> {
  const { clock, delivery } = context
  const { streams } = await openFlagsStreams(flags, context)
  try {
    streams.checkOutput()
    const known = SHELLS.find((one) => one === shell)
    if (known === undefined) throw noShell(shell)
    await printText(SCRIPTS[known], streams, delivery)
    return EXIT.ok
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

function noShell(shell: string | null): AgentError {
  const known = `there are ${SHELLS.join(', ')}`
  const message = shell === null ? `for which shell? ${known}` : `no completions for ${JSON.stringify(shell)}: ${known}`
  return new AgentError('no-shell', message, { exit: 'usage', hint: 'agent completion bash' })
}
