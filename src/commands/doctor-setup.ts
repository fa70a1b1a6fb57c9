/** `agent doctor`: this program, the Node that runs it, and the settings that a run would have. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { loadConfig, userConfigPath } from '../config.ts'
import type { Environment } from '../config-environment.ts'
import type { Config } from '../contract/config.ts'
import { EXIT, isAgentError } from '../contract/error.ts'
import type { AskFlags } from '../flags.ts'
import type { Check, Finding } from './doctor-check.ts'
import { failed, ok, warning } from './doctor-check.ts'

export const agentCheck: Check = {
  name: 'agent',
  look: () => ok(`${packageJson.name} ${packageJson.version}, ${process.platform} ${process.arch}`),
}

export const nodeCheck: Check = {
  name: 'node',
  look: () => nodeFinding(process.versions.node, packageJson.engines.node),
}

/** @param range  `>=20.19` */
export function nodeFinding(version: string, range: string): Finding {
  const [needed = [], found = []] = [range.replace('>=', ''), version].map((text) => text.split('.').map(Number))
  const differs = needed.findIndex((part, at) => part !== (found[at] ?? 0))
  if (differs < 0 || (found[differs] ?? 0) > (needed[differs] ?? 0)) return ok(`${version} (${range} is needed)`)
  return failed(`${version}, and ${range} is needed`, 'install a newer Node: https://nodejs.org', EXIT.usage)
}

export type Settings = {
  /** Without the config file where that is at fault; null: without it there are none either. */
  config: Config | null
  check: Check
}

/** @throws AgentError (exit 2) where what was typed is at fault */
export async function loadSettings(
  flags: AskFlags,
  { environment, directory }: { environment: Environment; directory: string },
): Promise<Settings> {
  const warnings: string[] = []
  const load = (which: AskFlags) =>
    loadConfig(which, {
      ...{ environment, directory, keyNeeded: false, userConfig: true },
      notify: (level, text) => {
        if (level === 'warning') warnings.push(text)
      },
    })
  try {
    const config = await load(flags)
    const path = flags.config === null ? userConfigPath(environment) : resolve(directory, flags.config)
    const found = path !== null && existsSync(path) ? path : `none at ${path ?? 'home, which is not known'}`
    const [first] = warnings
    return { config, check: { name: 'config', look: () => (first === undefined ? ok(found) : warning(first, null)) } }
  } catch (error) {
    if (!isAgentError(error) || error.exitCode === EXIT.usage) throw error
    const config = await load({ ...flags, config: '/dev/null' }).catch(() => null)
    return { config, check: { name: 'config', look: () => failed(error.message, error.hint, error.exitCode) } }
  }
}
