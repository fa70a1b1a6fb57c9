/**
 * Reports a failure where no command has opened its streams: mistakes in the arguments, bugs. It takes
 * nothing for granted but the environment, so that it can speak however early it is called.
 */
import { readEnvironment } from '../config.ts'
import { environmentRedactor } from '../config-environment.ts'
import type { ExitCode } from '../contract/error.ts'
import { openStderr } from '../reporters/stderr.ts'
import type { Delivery } from './failure.ts'
import { reportFailure } from './failure.ts'

export async function reportEarlyFailure(thrown: unknown, delivery: Delivery, debug: boolean): Promise<ExitCode> {
  const environment = readEnvironment()
  const redact = environmentRedactor(environment)
  const stderr = openStderr({ verbosity: debug ? 'debug' : 'normal', redact, progress: null })
  const code = await reportFailure(thrown, delivery, { ...stderr, redact, debug })
  await stderr.close()
  return code
}
