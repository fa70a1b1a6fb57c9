/**
 * The policies that flags and config file set: those of a whole run, and what is said of tools, from
 * lowest to highest. Pure. What of it is meant for which tool is decided when there are tools
 * (sources/tool-settings.ts).
 */
import type { FileSettings } from './config-file.ts'
import type { RunPolicies } from './contract/config.ts'
import { AgentError } from './contract/error.ts'
import { NO_USAGE } from './contract/message.ts'
import { costUsd } from './contract/price.ts'
import type { ToolSaying } from './contract/tool-override.ts'
import type { AskFlags } from './flags.ts'

/** What optional calls may take once all others are done. */
const DEFAULT_OPTIONAL_GRACE_MS = 250

/**
 * @param model  its name, whose price a limit of cost needs
 * @throws       AgentError (exit 3)
 */
export function runPolicies(
  flags: AskFlags,
  { settings, path }: { settings: FileSettings; path: string },
  model: string,
): RunPolicies {
  refuseLateAnswer(settings, path)
  const maxCostUsd = flags.maxCostUsd ?? settings.max_cost ?? null
  if (maxCostUsd !== null && costUsd(model, NO_USAGE) === null) {
    const from = flags.maxCostUsd === null ? `${path}: max_cost` : '--max-cost'
    const hint = 'limit the tokens instead: --max-total-tokens 100000'
    const message = `${from}: the price of the model ${JSON.stringify(model)} is not known`
    throw new AgentError('unknown-price', message, { exit: 'config', hint })
  }
  return {
    onError: flags.onError ?? settings.on_error ?? 'collect',
    earlyResultsMs: flags.earlyResultsMs ?? settings.early_results ?? null,
    answerByMs: flags.answerByMs ?? settings.answer_by ?? null,
    optionalGraceMs: flags.optionalGraceMs ?? settings.optional_grace ?? DEFAULT_OPTIONAL_GRACE_MS,
    maxTotalTokens: flags.maxTotalTokens ?? settings.max_total_tokens ?? null,
    maxCostUsd,
  }
}

/** One place that says both means both. Where a flag overrules one of them, it simply comes first. */
function refuseLateAnswer({ answer_by, timeout }: FileSettings, path: string): void {
  if (answer_by === undefined || timeout === undefined || answer_by < timeout) return
  const message = `${path}: "answer_by" is not before "timeout", which ends the run without an answer`
  throw new AgentError('bad-config', message, { exit: 'config', hint: 'make "timeout" longer, or leave it out' })
}

/** The file's entries in its order; then flags, what they say of all tools before what they say of some. */
export function toolSayings({ tools = {} }: FileSettings, flags: readonly ToolSaying[]): ToolSaying[] {
  const inFile = Object.entries(tools).map(([pattern, says]): ToolSaying => {
    return { from: `config file ${JSON.stringify(pattern)}`, flag: null, pattern, says }
  })
  return [
    ...inFile,
    ...flags.filter(({ pattern }) => pattern === null),
    ...flags.filter(({ pattern }) => pattern !== null),
  ]
}
