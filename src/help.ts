/**
 * What stands below the options in `agent --help` and `agent ask --help`: the contract with scripts
 * (exit codes, environment) and examples that can be typed. The pages of docs/ say the same, and the manual
 * page has the same rows.
 */
/** What stands before the words, and the words. */
export type HelpRow = readonly [term: string, words: string]

export const EXIT_ROWS: readonly HelpRow[] = [
  ['0', 'complete answer; tool errors that the model dealt with stay 0'],
  ['1', 'a bug in agent'],
  ['2', 'usage: flag, missing question, bad value'],
  ['3', 'configuration: config file, tool file, schema, policy, name collision'],
  ['4', 'account: no or bad key, 401, 402, 403'],
  ['5', 'the API refused the request or answered nonsense; a replay that differs'],
  ['6', 'the API is unavailable after retries: 429, 5xx, 529, network, stall'],
  ['7', 'incomplete answer: a limit of tokens, turns, time or cost, empty, unfit'],
  ['8', 'the model refused'],
  ['9', 'a critical call failed, or any under --on-error or --fail-on-tool-error'],
  ['11', 'a write call may have happened: resume needs --unknown'],
  ['12', 'output or journal could not be written'],
  ['124', '--timeout passed'],
]

export const SIGNAL_ROWS: readonly HelpRow[] = [
  ['129', 'SIGHUP'],
  ['130', 'SIGINT'],
  ['141', 'reader of stdout gone'],
  ['143', 'SIGTERM'],
]

export const EXIT_CODES = `
Exit codes:
${lines(EXIT_ROWS, 3)}
  ${SIGNAL_ROWS.map(([code, words]) => `${code}  ${words}`).join('    ')}`

export const ENVIRONMENT_ROWS: readonly HelpRow[] = [
  ['ANTHROPIC_API_KEY', 'key for the API'],
  ['ANTHROPIC_AUTH_TOKEN', 'the same; the first choice for another server'],
  ['ANTHROPIC_BASE_URL', 'another server that speaks the Messages API'],
  ['ANTHROPIC_MODEL', 'model, where --model does not name one'],
  ['HTTPS_PROXY, NO_PROXY', 'proxy for the model, and hosts that need none'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector that gets OpenTelemetry spans'],
  ['TRACEPARENT', 'trace that the run belongs to, where it is traced'],
  ['NO_COLOR, FORCE_COLOR', 'colours off, colours on'],
  ['CI, TERM=dumb', 'nothing moves on the terminal'],
  ['COLUMNS', 'width of pictures, where not that of the terminal'],
  ['XDG_CONFIG_HOME', 'folder of agent/config.json (default: ~/.config)'],
  ['XDG_STATE_HOME', 'folder of agent/runs (default: ~/.local/state)'],
  ['XDG_CACHE_HOME', 'folder of agent/compiled (default: ~/.cache)'],
]

export const PRECEDENCE = 'Flags come before the environment, the environment before the config file.'

export const ENVIRONMENT = `
Environment:
${lines(ENVIRONMENT_ROWS, 21)}
${PRECEDENCE}`

function lines(rows: readonly HelpRow[], width: number): string {
  return rows.map(([term, words]) => `  ${term.padEnd(width)}  ${words}`).join('\n')
}

export const EXAMPLES = `
Examples:
  agent ask "weather in SF, NYC, Tokyo"
  agent ask --json "weather in SF, NYC" | jq '.turns[].tool_calls[].timing'
  git log -5 | agent ask "summarise these commits" -
  agent ask -t ./tools --timeout 30s "how many open orders are there?"
  agent ask --base-url http://127.0.0.1:11434 -m qwen3 "hello"
  agent ask --offline "weather in SF, NYC, Tokyo"
  agent ask -- "-40 degrees Celsius in Fahrenheit?"`

export const TOOLS_EXAMPLES = `
Examples:
  agent tools list -t ./tools
  agent tools list --json | jq -r '.[] | select(.effect != "read") | .name'
  agent tools call calculate '{"expression": "2^10"}'
  echo '{"place": "Lima"}' | agent tools call get_time - --json | jq .timing
  agent tools check ./tools --mcp mcp.json`

export const COMPLETION_EXAMPLES = `
Examples:
  eval "$(agent completion bash)"        in ~/.bashrc
  eval "$(agent completion zsh)"         in ~/.zshrc, after compinit
  agent completion fish > ~/.config/fish/completions/agent.fish
Faster, as it starts nothing when the shell does:
  agent completion bash > ~/.local/share/bash-completion/completions/agent
  agent completion zsh > ~/.zfunc/_agent  and fpath+=~/.zfunc before compinit`
