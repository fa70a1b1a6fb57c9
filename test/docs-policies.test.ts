/** The table of policies in docs/policies.md says what the program does: its flags, its keys, its defaults. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { policyLines } from '../src/commands/policy-lines.ts'
import { readConfigFile } from '../src/config-file.ts'
import { policyInForce } from '../src/contract/policy.ts'
import { POLICY_KEYS } from '../src/contract/policy-check.ts'
import { mergeLevels, policyFrom } from '../src/contract/policy-levels.ts'
import { POLICY_OPTIONS } from '../src/flags-policy-options.ts'
import { MAX_THREADS, THREADS_BEYOND_CORES } from '../src/host/protocol.ts'
import { COMMANDS_PER_CORE, MCP_CALLS } from '../src/open-tools.ts'
import { flagsOf, folder, load } from './config-rig.ts'
import { code, prose, table } from './docs-pages.ts'
import { runAgent } from './rig/run-agent.ts'

const rows = table('Policies').map(([policy = '', initial = '', flags, keys, does = '']) => {
  return { policy, initial, flags: code(flags), keys: code(keys), does }
})

/** The keys that are named for one that is none. */
async function knownKeys(text: string): Promise<string[]> {
  const path = join(folder({ 'config.json': text }), 'config.json')
  const { hint } = await readConfigFile(path).then(
    () => ({ hint: '' }),
    (error: { hint: string }) => error,
  )
  return hint.replace('known are ', '').split(', ')
}

describe('the table of policies', () => {
  it('has every flag that sets a policy of tools, and examples that the program takes', async () => {
    const named = rows.flatMap(({ flags }) => flags)
    const { stdout } = await runAgent(['ask', '--help'])
    for (const flag of named) {
      expect(stdout).toMatch(new RegExp(`(?<![\\w-])${flag.split(' ')[0]}\\b`))
      expect(() => flagsOf(...flag.split(' '))).not.toThrow()
    }
    const ofTools = POLICY_OPTIONS.map(({ flags }) => flags.split(' ')[0] ?? '')
    expect(ofTools.filter((flag) => !named.some((one) => one.startsWith(`${flag} `)))).toEqual([])
  })

  it('sets with each flag what its config key sets', async () => {
    for (const { flags, keys } of rows) {
      for (const flag of flags) {
        const { toolSayings } = flagsOf(...flag.split(' '))
        const set = toolSayings.flatMap(({ says }) => Object.keys(says))
        if (set.length > 0) expect(keys).toEqual(set)
      }
    }
  })

  it('has every key of a policy, and no key that there is not', async () => {
    const named = rows.flatMap(({ keys }) => keys)
    const ofTools = await knownKeys('{ "tools": { "x": { "nope": 1 } } }')
    const ofFile = await knownKeys('{ "nope": 1 }')
    expect(named.filter((key) => !ofTools.includes(key) && !ofFile.includes(key))).toEqual([])
    const ofRun = ['on_error', 'optional_grace', 'early_results', 'answer_by', 'max_total_tokens', 'max_cost', 'slots']
    expect([...POLICY_KEYS, 'exclusive', ...ofRun].filter((key) => !named.includes(key))).toEqual([])
    for (const [inside, text] of [
      ['retry', '{ "tools": { "x": { "retry": { "nope": 1 } } } }'],
      ['breaker', '{ "tools": { "x": { "breaker": { "nope": 1 } } } }'],
      ['rate_limit', '{ "tools": { "x": { "rate_limit": { "nope": 1 } } } }'],
    ] as const) {
      const spelled = new RegExp(`\`${inside}\`\\s+is\\s+\`\\{ (.*?) \\}\``).exec(prose())?.[1]
      expect([inside, spelled?.split(', ')]).toEqual([inside, await knownKeys(text)])
    }
  })

  it('has the defaults of the program', async () => {
    const { config } = await load([])
    const { policies, concurrency, maxTurns, timeoutMs } = config
    const from = { ...policyFrom(mergeLevels([])), effect: 'tool', exclusive: 'default', destructive: 'tool' }
    const settings = { policy: policyInForce('read', {}), from }
    const lines = policyLines({ effect: 'read', destructive: false }, settings)
    const ofTool = new Map(lines.map(({ label, value }) => [label, value]))
    const cores = `threads: cores + ${THREADS_BEYOND_CORES}, ${MAX_THREADS} at most; commands: ${COMMANDS_PER_CORE} a core`
    expect(Object.fromEntries(rows.map(({ policy, initial }) => [policy, initial]))).toEqual({
      timeout: ofTool.get('timeout'),
      deadline: ofTool.get('deadline') ?? 'none',
      retry: ofTool.get('retry'),
      'rate limit': ofTool.get('rate limit') ?? 'none',
      breaker: ofTool.get('breaker'),
      'at once': ofTool.get('at once') ?? 'none',
      exclusive: ofTool.get('exclusive') ?? 'no',
      priority: ofTool.get('priority'),
      slots: `${concurrency} a run; ${cores}; MCP: ${MCP_CALLS} a server`,
      'failure mode': policies.onError,
      'optional grace': `${policies.optionalGraceMs} ms`,
      'early results': policies.earlyResultsMs ?? 'off',
      'answer by': policies.answerByMs ?? 'off',
      'run timeout': timeoutMs ?? 'none',
      turns: `${maxTurns}`,
      tokens: policies.maxTotalTokens ?? 'none',
      cost: policies.maxCostUsd ?? 'none',
    })
    expect(rows.filter(({ does }) => does === '')).toEqual([])
  })
})
