/**
 * The environment of a command: all that tools get, or, where its manifest has an `env`, what every
 * program needs and the variables that it names. The model's credentials are in neither: they are not
 * among the variables that a command may ask for (config-environment.ts takes them out by value).
 */
import type { ToolsConfig } from '../contract/config.ts'
import type { ReadManifest } from './command-manifest.ts'

/**
 * Judged by the name alone, so that a manifest is right or wrong on every machine alike. A variable of
 * another name that holds such a credential is withheld as if it were not set.
 */
const MODEL_CREDENTIAL = /^(ANTHROPIC|CLAUDE)_.*(KEY|TOKEN|AUTH|SECRET|PASSWORD|CREDENTIAL|HEADERS)/i

/**
 * @param names  of the manifest's `env`; null where it has none
 * @throws       AgentError (exit 3) where one of them is a model credential
 */
export function commandEnvironment(
  names: readonly string[] | null,
  { environment, baseEnvironment, variables }: Pick<ToolsConfig, 'environment' | 'baseEnvironment' | 'variables'>,
  fault: ReadManifest['fault'],
): Record<string, string> {
  if (names === null) return environment
  const index = names.findIndex((name) => MODEL_CREDENTIAL.test(name))
  if (index !== -1) {
    const message = `"${names[index]}" is a credential of the model, and no tool gets one`
    throw fault(['env', index], message, 'give the tool a key of its own under another name')
  }
  const named = names.flatMap((name) => (Object.hasOwn(variables, name) ? [[name, variables[name] ?? '']] : []))
  return { ...baseEnvironment, ...Object.fromEntries(named) }
}
