/** What the schemas of the config file and of tool manifests say of their keys. */
import type { Words } from './schema-words.ts'

const OFF = 'false: off.'

const POLICY_KEYS: Words = {
  timeout_ms: 'Of each attempt.',
  deadline_ms: `Of a whole call, its waits and retries included. ${OFF}`,
  retry: `What is tried again, and when. ${OFF}`,
  rate_limit: `So many calls in so many milliseconds. ${OFF}`,
  breaker: `After so many failures in a row calls fail at once for so long. ${OFF}`,
  max_concurrency: 'Calls of the tool at once.',
  priority: 'critical: its failure ends the run; optional: it never holds a turn.',
}

/** Of a definition that is a policy, or holds one beside other keys. */
function policyWords(definition: string): Words {
  const keys = Object.entries(POLICY_KEYS).map(([key, text]) => [`${definition}.${key}`, text])
  const whole = 'How calls of a tool are treated. What is left out is left to the next level.'
  return Object.fromEntries([[definition, whole], ...keys])
}

export const TOOL_WORDS: Words = {
  ...policyWords('#policy'),
  '#manifest': 'A command as a tool.',
  '#manifest.$schema': 'For editors.',
  '#manifest.name': 'What the model calls it by.',
  '#manifest.description': 'What the model is told of it.',
  '#manifest.input_schema': 'A JSON Schema of an object; 2020-12 where it does not say.',
  '#manifest.command':
    'Program and arguments. {name} stands for a value of the input, {dir} for the folder of this file.',
  '#manifest.input': 'Whether the input goes in by arguments, or as one JSON document on stdin.',
  '#manifest.output': 'What stdout is.',
  '#manifest.effect': 'What it does to the world.',
  '#manifest.exclusive': 'true: its calls do not overlap; a text: nor do those of other tools with that text.',
  '#manifest.destructive': 'Whether somebody has to allow it.',
  '#manifest.policy': 'How its calls are treated.',
  '#manifest.keywords': 'For the offline planner.',
  '#manifest.env': 'Names of variables that it gets, beside those that every program needs.',
  '#manifest.cwd': 'Where it is started; default: where agent was.',
}

/** In words of their own: the flags' tables would be one file more for every start to load. */
export const CONFIG_WORDS: Words = {
  ...policyWords('#tool_settings'),
  '#tool_settings.effect': 'What it does to the world.',
  '#tool_settings.exclusive': 'true: its calls do not overlap; a text: nor do those of other tools with that text.',
  '#tool_settings.destructive': 'Whether somebody has to allow it.',
  model: 'The model to ask.',
  base_url: 'Another server that speaks the Messages API.',
  system: 'Instructions: a text, or @FILE.',
  max_tokens: 'The longest message of the model.',
  effort: 'How much the model thinks.',
  protocol: 'text: for models without native tool use.',
  offline: 'Whether a planner without a language model answers.',
  cache: 'Whether the server is asked to cache the conversation.',
  model_idle_timeout_ms: 'How long the stream of the model may be silent.',
  model_message_timeout_ms: 'How long a message of the model may take.',
  tool_paths: 'Tool files, and folders of them.',
  mcp: 'MCP servers: files, commands or URLs.',
  require_mcp: 'Whether the run ends where one of them does not start.',
  builtins: 'Whether there are the shipped tools.',
  only: 'Tools that are kept; the others are not there.',
  allow: 'Tools that may run without being asked for, by names or globs.',
  deny: 'Tools that may never run, by names or globs.',
  root: 'The folder that read_file may read.',
  allow_dotfiles: 'Whether read_file may read hidden files.',
  allow_private_network: 'Whether fetch_url may reach private addresses.',
  clean_env: 'Whether tools get PATH, HOME and the like only.',
  fail_on_tool_error: 'Whether a run with a failed or denied call exits with 9.',
  concurrency: 'Tool calls at once.',
  tool_timeout: 'Of an attempt, for tools that say none.',
  timeout: 'Of the whole run.',
  max_turns: 'Messages of the model.',
  slots: 'Calls of a kind at once: threads, commands, mcp (each server).',
  on_error: 'What a failed call means for the others.',
  optional_grace: 'For optional calls once all others are done.',
  early_results: 'Calls that take longer are gone on without; their results follow.',
  answer_by: 'Then all calls end, and the model answers.',
  max_total_tokens: 'Of all messages, read and written.',
  max_cost: 'US dollars.',
  journal: 'Whether journals of runs are kept.',
  durability: 'What a journal waits for the disk for.',
  keep_runs: 'How many journals are kept.',
  keep_days: 'For how many days journals are kept.',
  otel: 'OpenTelemetry collector that runs are sent to as spans, http(s); /v1/traces is added.',
  otel_content: 'Whether questions, answers, inputs and outputs are in the spans.',
  tools: 'Policies of tools, by their names or globs.',
}
