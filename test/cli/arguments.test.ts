import { describe, expect, it } from 'vitest'
import type { AgentError } from '../../src/contract/error.ts'
import { EXIT } from '../../src/contract/error.ts'
import { parseArguments } from '../../src/program.ts'

function ask(...argv: string[]) {
  const invocation = parseArguments(['ask', ...argv], '1.2.3')
  if (invocation.command !== 'ask') throw new Error('this is not a question')
  return invocation
}

function said(flag: string, pattern: string | null, says: object) {
  return { from: flag, flag, pattern, says }
}

function mistake(...argv: string[]): AgentError {
  try {
    parseArguments(argv, '1.2.3')
  } catch (error) {
    return error as AgentError // it throws nothing else
  }
  throw new Error('was accepted')
}

describe('the command line', () => {
  it('takes the question as it was typed, wherever the options stand', () => {
    expect(ask('what', 'is', '--json', 'this').words).toEqual(['what', 'is', 'this'])
    expect(ask('-t', 'a', '-t', 'b', 'q', '-').words).toEqual(['q', '-'])
    expect(ask('--file', 'a', 'q').words).toEqual(['q'])
  })

  it('C8 ends the options at --', () => {
    const { words, flags } = ask('--json', '--', '-5 degrees', '--jsonl')
    expect([words, flags.json, flags.jsonl]).toEqual([['-5 degrees', '--jsonl'], true, false])
  })

  it('reads the options of a replay', () => {
    const { flags } = ask('--replay', 'x', '--replay-speed', '2.5', '--live-tools')
    expect(flags).toMatchObject({ record: null, replay: 'x', replaySpeed: 2.5, liveTools: true })
  })

  it('collects repeated options and splits names at commas', () => {
    const { flags } = ask('-t', 'a', '--tools=b,c', '--only', 'x, y', '--only', 'z', '--allow', 'p', '--allow', 'q')
    expect(flags).toMatchObject({ tools: ['a', 'b,c'], only: ['x', 'y', 'z'], allow: ['p', 'q'] })
  })

  it('reads every option', () => {
    const typed =
      '-m a --base-url http://b --system c --max-tokens 1 --effort max --no-cache --file d -t e --no-builtins --only f ' +
      '--allow g --root h --allow-dotfiles --allow-private-network --clean-env --fail-on-tool-error -j 2 ' +
      '--tool-timeout 3s --timeout 4m --max-turns 5 --json -o i -v --debug --timings --no-color --dry-run --config k ' +
      '--protocol text --mcp l --mcp m.json --require-mcp --deny n,o --deny p --slots mcp=1 --slots threads=2,commands=3 ' +
      '--on-error no-new --optional-grace 1s --early-results 2s --answer-by 3s --max-total-tokens 6 --max-cost 0.50 ' +
      '--tool-deadline 9s --tool-retries 0 --rate-limit q=5/s,r*=2/500ms --breaker off --max-concurrent s=4 ' +
      '--exclusive t,u* --critical v --optional w --record x --journal y --durability strict --continue z --schema {} ' +
      '--otel http://o --otel-content'
    expect(ask(...typed.split(' ')).flags).toEqual({
      ...{ model: 'a', baseUrl: 'http://b', system: 'c', maxTokens: 1, effort: 'max', offline: false, cache: false },
      ...{ tools: ['e'], builtins: false, only: ['f'], allow: ['g'], root: 'h', allowDotfiles: true },
      ...{ allowPrivateNetwork: true, cleanEnvironment: true, concurrency: 2, sequential: false },
      ...{ timeoutMs: 240_000, maxTurns: 5, failOnToolError: true, json: true, jsonl: false },
      ...{
        output: 'i',
        quiet: false,
        verbose: true,
        debug: true,
        timings: true,
        colour: false,
        files: ['d'],
        dryRun: true,
        config: 'k',
        schema: '{}',
      },
      ...{ slots: { mcp: 1, threads: 2, commands: 3 }, onError: 'no-new', optionalGraceMs: 1000, earlyResultsMs: 2000 },
      ...{ answerByMs: 3000, maxTotalTokens: 6, maxCostUsd: 0.5 },
      ...{ journal: 'y', noJournal: false, durability: 'strict', continueRun: 'z' },
      ...{ record: 'x', replay: null, replaySpeed: null, liveTools: false, otel: 'http://o', otelContent: true },
      toolSayings: [
        said('--tool-timeout', null, { timeout_ms: 3000 }),
        said('--tool-deadline', null, { deadline_ms: 9000 }),
        said('--tool-retries', null, { retry: { max_attempts: 1 } }),
        said('--rate-limit', 'q', { rate_limit: { limit: 5, per_ms: 1000 } }),
        said('--rate-limit', 'r*', { rate_limit: { limit: 2, per_ms: 500 } }),
        said('--breaker', null, { breaker: false }),
        said('--max-concurrent', 's', { max_concurrency: 4 }),
        said('--exclusive', 't', { exclusive: true }),
        said('--exclusive', 'u*', { exclusive: true }),
        said('--critical', 'v', { priority: 'critical' }),
        said('--optional', 'w', { priority: 'optional' }),
      ],
      ...{ protocol: 'text', mcp: ['l', 'm.json'], requireMcp: true, deny: ['n', 'o', 'p'] },
    })
  })

  it('writes to stdout with -o -', () => {
    expect(ask('-o', '-').flags.output).toBe(null)
  })

  it.each([
    [['--timeout', '5'], '--timeout: "5" is not a duration', '--timeout 500ms'],
    [['--timeout', '-1s'], '--timeout: "-1s"', '--timeout 500ms'],
    [['-j', '0'], '--concurrency: "0" is not a whole number from 1 to 10000', '--concurrency 8'],
    [['--max-turns', '1e3'], '--max-turns: "1e3"', '--max-turns 25'],
    [['--max-tokens', 'many'], '--max-tokens: "many"', '--max-tokens 16384'],
    [['--effort', 'hi'], '--effort: "hi" is not one of low, medium, high, xhigh, max', '--effort high'],
    [['-m', ''], '--model: "" is not a value', '--model'],
    [['-m', '--json'], '--model: "--json" is not a value: it looks like an option', '--model claude'],
    [['--only', 'a,,b'], '--only: "a,,b" is not a list of names', '--only get_weather'],
    [['--protocol', 'txt'], '--protocol: "txt" is not one of native, text', '--protocol text'],
    [['--mcp', ''], '--mcp: "" is not a value', '--mcp'],
    [['--mcp', '--json'], '--mcp: "--json" is not a value: it looks like an option', '--mcp mcp.json'],
    [['--deny', 'a,'], '--deny: "a," is not a list of names', '--deny get_weather'],
    [['--tool-timeout', 'a=5'], '--tool-timeout: "a=5" is not a duration', 'get_weather=5s'],
    [['--tool-timeout', '1s,'], '--tool-timeout: "1s,"', '--tool-timeout 5s'],
    [['--tool-timeout', '=5s'], '--tool-timeout: "=5s" is not NAME=VALUE: "" is no tool name', 'get_weather=5s'],
    [['--tool-timeout', 'a b=5s'], '"a b" is no tool name or glob', 'get_weather=5s'],
    [['--tool-deadline', '0s'], '--tool-deadline: "0s" is not a duration between 1ms and 24 days, or off', '20s'],
    [['--tool-retries', '-1'], '--tool-retries: "-1" is not a whole number from 0 to 99', '--tool-retries 2'],
    [['--tool-retries', 'a=100'], '--tool-retries: "a=100" is not a whole number from 0 to 99', '--tool-retries 2'],
    [['--tool-retries', '1.5'], '--tool-retries: "1.5"', '--tool-retries 2'],
    [['--rate-limit', '5'], '--rate-limit: "5" is not a number of calls in a time', '--rate-limit 5/s'],
    [['--rate-limit', '0/s'], '--rate-limit: "0/s"', 'get_weather=5/s'],
    [['--rate-limit', 'a=0.5/s'], '--rate-limit: "a=0.5/s"', '--rate-limit 5/s'],
    [['--rate-limit', '5/day'], '--rate-limit: "5/day"', '--rate-limit 5/s'],
    [['--breaker', '5'], '--breaker: "5" is not failures and the time', '--breaker 5/30s'],
    [['--breaker', 'on'], '--breaker: "on"', '--breaker 5/30s'],
    [['--max-concurrent', '3'], '--max-concurrent: "3" is not NAME=N', '--max-concurrent get_weather=2'],
    [['--max-concurrent', 'a=0'], '--max-concurrent: "a=0" is not NAME=N with a whole number from 1', 'get_weather=2'],
    [['--max-concurrent', 'a=99999'], '--max-concurrent: "a=99999"', 'get_weather=2'],
    [['--critical', 'a,'], '--critical: "a," is not a list of names or globs', '--critical get_weather,get_time'],
    [['--optional', 'a=b'], '--optional: "a=b"', '--optional get_weather'],
    [['--exclusive', '--json'], '--exclusive: "--json"', '--exclusive get_weather'],
    [
      ['--slots', 'mcp'],
      '--slots: "mcp" is not KIND=N with a kind of threads, commands, mcp',
      '--slots commands=4,mcp=2',
    ],
    [['--slots', 'thread=2'], '--slots: "thread=2"', '--slots commands=4'],
    [['--slots', 'mcp=0'], '--slots: "mcp=0"', '--slots commands=4'],
    [['--on-error', 'stop'], '--on-error: "stop" is not one of collect, no-new, fail-fast', '--on-error fail-fast'],
    [['--optional-grace', '5'], '--optional-grace: "5" is not a duration', '--optional-grace 500ms'],
    [['--early-results', 'soon'], '--early-results: "soon" is not a duration', '--early-results 500ms'],
    [['--answer-by', '20'], '--answer-by: "20" is not a duration', '--answer-by 500ms'],
    [['--max-total-tokens', '1e6'], '--max-total-tokens: "1e6" is not a whole number', '--max-total-tokens 100000'],
    [['--max-cost', '0'], '--max-cost: "0" is not an amount of US dollars from 0.0001', '--max-cost 0.50'],
    [['--max-cost', '$1'], '--max-cost: "$1"', '--max-cost 0.50'],
    [['--nope'], 'unknown option "--nope"', 'agent ask --help'],
    [['--jsn'], 'unknown option "--jsn"', '--json'],
    [['--json=1'], '--json takes no value', '--json'],
    [['-5 degrees?'], 'unknown option "-5 degrees?"', 'agent ask -- "-5 degrees?"'],
    [['--file'], 'argument missing', 'agent ask --help'],
  ])('C8 refuses %j with what is accepted and a hint', (argv, message, hint) => {
    const error = mistake('ask', ...argv)
    expect(error.exitCode).toBe(2)
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
  })

  it.each([
    [['--json', '--jsonl']],
    [['-q', '-v']],
    [['-q', '--debug']],
    [['--sequential', '-j', '2']],
    [['--offline', '--base-url', 'http://x']],
    [['--offline', '-m', 'x']],
    [['-m', 'offline', '--base-url', 'http://x']],
    [['--jsonl', '--dry-run']],
    [['--answer-by', '30s', '--timeout', '30s']],
    [['--offline', '--protocol', 'text']],
    [['-m', 'offline', '--protocol', 'text']],
  ])('refuses the contradiction %j', (argv) => {
    expect(mistake('ask', ...argv)).toMatchObject({ exitCode: 2, code: 'conflicting-flags' })
  })

  it('allows what does not contradict', () => {
    expect(ask('--sequential', '-j', '1', '--offline', '-m', 'offline').flags.sequential).toBe(true)
    // A pending call keeps the one slot: the others are answered as pending too.
    expect(ask('--sequential', '--early-results', '2s', '--timeout', '1s').flags.earlyResultsMs).toBe(2000)
  })

  it('C8 gives a hint where the command is missing or unknown', () => {
    expect(mistake('weather in SF')).toMatchObject({ exitCode: 2, hint: 'agent ask "weather in SF"' })
    expect(mistake('weather', 'in', 'SF')).toMatchObject({ hint: 'agent ask "weather in SF"' })
    expect(mistake('aks')).toMatchObject({ exitCode: 2, hint: 'agent ask' })
    expect(mistake('--json', 'ask')).toMatchObject({ exitCode: 2, hint: expect.stringContaining('behind the command') })
    expect(mistake('--offline', "it's $5").hint).toMatch(/: agent ask --offline 'it'\\''s \$5'$/)
    expect(mistake('aks', 'weather in SF')).toMatchObject({ hint: 'agent ask "weather in SF"' })
    expect(mistake('ask', '-1+2')).toMatchObject({ hint: expect.stringMatching(/agent ask -- "-1\+2"$/) })
    expect(mistake('help', 'nope')).toMatchObject({ message: 'unknown command "nope"', hint: 'agent help ask' })
  })

  it.each([
    ['resume', ['resume', '--nope'], 'see agent resume --help'],
    ['view', ['view', '--nope'], 'see agent view --help'],
    ['runs', ['runs', '--nope'], 'see agent runs --help'],
    ['runs show', ['runs', 'show', '--nope'], 'see agent runs show --help'],
    ['a command below runs that there is none of', ['runs', 'lst'], 'agent runs list'],
    ['a command below tools that there is none of', ['tools', 'nothing'], 'agent tools --help'],
  ])('C8 names the help of the command that was typed: %s', (_, argv, hint) => {
    expect(mistake(...argv)).toMatchObject({ exitCode: 2, hint })
  })

  it('prints help where it is asked for, and counts it as a mistake where nothing is', () => {
    for (const argv of [['--help'], ['-h'], ['ask', '--help'], ['ask', 'q', '-h'], ['help'], ['help', 'ask']]) {
      expect(parseArguments(argv, '1.2.3')).toMatchObject({ command: 'help', wanted: true })
    }
    expect(parseArguments([], '1.2.3')).toMatchObject({ command: 'help', wanted: false })
    expect(parseArguments(['--version'], '1.2.3')).toEqual({ command: 'help', text: '1.2.3\n', wanted: true })
  })

  it('has every exit code, in 80 columns', () => {
    for (const argv of [['--help'], ['ask', '--help']]) {
      const invocation = parseArguments(argv, '1.2.3')
      const text = invocation.command === 'help' ? invocation.text : ''
      for (const code of Object.values(EXIT)) expect(text).toMatch(new RegExp(`^ +.*\\b${code}  `, 'm'))
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    }
  })
})
