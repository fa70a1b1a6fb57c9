/** Flags, folders and config files for the tests of the configuration. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadConfig } from '../src/config.ts'
import type { Environment } from '../src/config-environment.ts'
import type { Config } from '../src/contract/config.ts'
import type { AskFlags } from '../src/flags.ts'
import { parseArguments } from '../src/program.ts'

/** What the flags of this command line are. */
export function flagsOf(...argv: string[]): AskFlags {
  const invocation = parseArguments(['ask', ...argv], '0.0.0')
  if (invocation.command !== 'ask') throw new Error('this is not a question')
  return invocation.flags
}

/** A folder of its own with these files in it. */
export function folder(files: Record<string, string> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'agent-config-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  return dir
}

export type Loaded = { config: Config; notices: string[] }

/** Loads in an empty home; `environment` comes on top of a key. */
export async function load(
  argv: string[],
  options: { environment?: Environment; directory?: string; keyNeeded?: boolean } = {},
): Promise<Loaded> {
  const home = folder()
  const notices: string[] = []
  const config = await loadConfig(flagsOf(...argv), {
    environment: { HOME: home, ANTHROPIC_API_KEY: 'sk-ant-test-0123456789', ...options.environment },
    directory: options.directory ?? home,
    notify: (level, text) => notices.push(`${level}: ${text}`),
    keyNeeded: options.keyNeeded ?? true,
    userConfig: true,
  })
  return { config, notices }
}
