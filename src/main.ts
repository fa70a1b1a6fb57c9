/**
 * From argv to the exit code. The only place that ends the process: whoever has an exit code returns
 * it to here. Signals arrive here too. Everything is loaded when it is needed.
 */
import packageJson from '../package.json' with { type: 'json' }
import type { AskContext } from './commands/ask.ts'
import type { Delivery } from './commands/failure.ts'
import type { Shell } from './commands/shells.ts'
import { SHELLS } from './commands/shells.ts'
import { systemClock } from './contract/clock.ts'
import type { ExitCode } from './contract/error.ts'
import { EXIT, unreachable } from './contract/error.ts'
import { formatOf, outputFileOf } from './flags-early.ts'
import type { SignalName } from './interruption.ts'
import { isHangupIgnored, isNohup, openInterruption } from './interruption.ts'
import type { ToolsInvocation } from './program-tools.ts'

/** A second signal: what has not ended by then is left behind. */
const INSIST_MS = 120

const argv = process.argv.slice(2)
const clock = systemClock(0)
const delivery: Delivery = {
  format: formatOf(argv),
  outputFile: outputFileOf(argv),
  output: null,
  reporter: null,
  next: { seq: 0, at_ms: 0 },
  delivered: false,
}
let failing: Promise<never> | null = null

async function main(): Promise<ExitCode> {
  const interruption = openInterruption(clock, listenToSignals, ({ exitCode }) => {
    clock.timer(INSIST_MS, () => process.exit(exitCode))
  })
  const completing = completionRequest(argv)
  if (completing !== null) {
    const { complete } = await import('./commands/complete.ts')
    return print(await complete(...completing))
  }
  const { parseArguments } = await import('./program.ts')
  const invocation = parseArguments(argv, packageJson.version)
  if (invocation.command === 'ask') {
    const { ask } = await import('./commands/ask.ts')
    return ask(invocation.words, invocation.flags, { interruption, clock, delivery })
  }
  if (invocation.command === 'runs') {
    const { runs } = await import('./commands/runs.ts')
    return runs(invocation.action, invocation.flags, { interruption, clock, delivery })
  }
  if (invocation.command === 'view') {
    const { view } = await import('./commands/view.ts')
    return view(invocation.run, invocation.picture, invocation.flags, { interruption, clock, delivery })
  }
  if (invocation.command === 'resume') {
    const { resume } = await import('./commands/resume.ts')
    return resume(invocation.run, invocation.flags, invocation.decisions, { interruption, clock, delivery })
  }
  if (invocation.command === 'schema') {
    const { schema } = await import('./commands/schema.ts')
    return schema(invocation.name, invocation.flags, { interruption, clock, delivery })
  }
  if (invocation.command === 'doctor') {
    const { doctor } = await import('./commands/doctor.ts')
    return doctor(invocation.flags, { interruption, clock, delivery })
  }
  if (invocation.command === 'completion') {
    const { completion } = await import('./commands/completion.ts')
    return completion(invocation.shell, invocation.flags, { interruption, clock, delivery })
  }
  return invocation.command === 'help' ? help(invocation) : tools(invocation, { interruption, clock, delivery })
}

/** What a script of `agent completion` asks at every Tab, which is waited for: the command line is not loaded for it. */
function completionRequest([command, shell, line, word = '']: readonly string[]): [Shell, string, string] | null {
  const known = SHELLS.find((one) => one === shell)
  return command === 'complete' && known !== undefined && line !== undefined ? [known, line, word] : null
}

async function tools(invocation: ToolsInvocation, context: AskContext): Promise<ExitCode> {
  const { flags } = invocation
  switch (invocation.command) {
    case 'tools-list':
      return (await import('./commands/tools-list.ts')).toolsList(flags, context)
    case 'tools-call':
      return (await import('./commands/tools-call.ts')).toolsCall(invocation.name, invocation.input, flags, context)
    case 'tools-check':
      return (await import('./commands/tools-check.ts')).toolsCheck(invocation.paths, flags, context)
    default:
      return unreachable(invocation)
  }
}

async function help({ text, wanted }: { text: string; wanted: boolean }): Promise<ExitCode> {
  if (wanted) return print(text)
  process.stderr.write(text)
  return EXIT.usage
}

function listenToSignals(callback: (name: SignalName) => void): void {
  process.on('SIGINT', callback).on('SIGTERM', callback)
  const ignored = isHangupIgnored(process.ppid)
  // A listener also where we do not react: Node's default would end us, as it does not inherit that a signal is ignored.
  process.on('SIGHUP', async () => {
    const { readEnvironment } = await import('./config.ts')
    if (!ignored && !isNohup(readEnvironment())) callback('SIGHUP')
  })
}

async function print(text: string): Promise<ExitCode> {
  const { openOutput } = await import('./reporters/output.ts')
  const output = openOutput({ file: null })
  output.write(text)
  await output.close()
  return EXIT.ok
}

/**
 * For what no command has reported: a mistake in the arguments, or a bug of ours. What fails while
 * the first failure is being written is most often its consequence, and must not cut it off.
 */
function fail(thrown: unknown): Promise<never> {
  failing ??= reportAndExit(thrown)
  return failing
}

async function reportAndExit(thrown: unknown): Promise<never> {
  const { reportEarlyFailure } = await import('./commands/early-failure.ts')
  process.exit(await reportEarlyFailure(thrown, delivery, argv.includes('--debug')))
}

/** Should a failure not even be reportable, the exit code still says that there was one. */
function failHard(): never {
  process.exit(EXIT.bug)
}

process.on('uncaughtException', (error) => void fail(error).catch(failHard))
// Nothing left to wait for, and yet no end: that must not pass for success.
process.on('beforeExit', () => void fail(new Error('the run came to no end')).catch(failHard))
main()
  .then((code) => failing ?? process.exit(code), fail)
  .catch(failHard)
