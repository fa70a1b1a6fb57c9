/**
 * The options of the commands, as a table: what is typed, what help says of it, how its value is read.
 * program.ts hands them to commander.
 */
import { MAX_CONCURRENCY } from './contract/policy-check.ts'
import {
  EFFORTS,
  MAX_COST_USD,
  MAX_TOKENS,
  MAX_TOTAL_TOKENS,
  MAX_TURNS,
  MIN_COST_USD,
  ON_ERROR,
  PROTOCOLS,
} from './flags.ts'
import type { SayingReader } from './flags-policies.ts'
import { readSlots } from './flags-policies.ts'
import {
  collectNames,
  collectWords,
  readDuration,
  readMoney,
  readOneOf,
  readText,
  readWholeNumber,
  readWord,
} from './flags-readers.ts'
import type { Values } from './help-outline.ts'

export type OptionRow = {
  /** The heading above it and those that follow. */
  group?: string
  flags: string
  description: string
  /** What may be typed as its value, for completions; absent: that is not known. */
  values?: Values
  /** Of a repeatable option it gets what was there before. */
  read?: (text: string, before: string[] | undefined) => string | number | string[]
  /** Instead of `read`: of tools, in one list with what other such options say. */
  says?: SayingReader
  /** Instead of `read`: an object that repeated options fill. */
  fills?: (text: string, before: object) => object
}

export const OFFLINE_OPTION: OptionRow = {
  flags: '--offline',
  description: 'a planner without a language model; no key, no network',
}

export const MODEL_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Model:',
    flags: '-m, --model <name>',
    description: 'model to ask (default: claude-sonnet-5-5)',
    read: readWord('--model', 'claude-sonnet-5-5'),
  },
  {
    flags: '--base-url <url>',
    description: 'another server that speaks the Messages API',
    read: readWord('--base-url', 'http://127.0.0.1:11434'),
  },
  {
    flags: '--system <text>',
    description: 'instructions: a text, or @FILE',
    values: '@file',
    read: readText('--system'),
  },
  {
    flags: '--max-tokens <n>',
    description: 'longest message of the model (default: 16384)',
    read: readWholeNumber('--max-tokens', MAX_TOKENS, 16_384),
  },
  {
    flags: '--effort <level>',
    description: `thinking: ${EFFORTS.join(', ')}`,
    values: EFFORTS,
    read: readOneOf('--effort', EFFORTS, 'high'),
  },
  {
    flags: '--protocol <name>',
    description: 'native, or text for models without native tool use (default: native)',
    values: PROTOCOLS,
    read: readOneOf('--protocol', PROTOCOLS, 'text'),
  },
  OFFLINE_OPTION,
  { flags: '--no-cache', description: 'do not have the server cache the conversation' },
  {
    flags: '--file <path>',
    description: 'text, image or PDF that goes along (repeatable)',
    values: 'file',
    read: collectWords('--file', 'report.pdf'),
  },
]

/** Which tools there are, for every command that has tools. */
export const TOOL_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Tools:',
    flags: '-t, --tools <path>',
    description: 'tool file, or folder of them (repeatable)',
    values: 'file',
    read: collectWords('--tools', './tools'),
  },
  {
    flags: '--mcp <server>',
    description: 'MCP server: a file, a command or a URL (repeatable)',
    values: 'file',
    read: collectWords('--mcp', 'mcp.json'),
  },
  { flags: '--require-mcp', description: 'exit 3 if an MCP server does not start' },
  { flags: '--no-builtins', description: 'leave the shipped tools out' },
  {
    flags: '--only <names>',
    description: 'keep these tools only, with commas between',
    values: 'tools',
    read: collectNames('--only'),
  },
  {
    flags: '--allow <name>',
    description: 'let this tool run: run_command, or one marked destructive (repeatable; * stands for any characters)',
    values: 'tools',
    read: collectNames('--allow'),
  },
  {
    flags: '--deny <name>',
    description: 'never let this tool run, whatever allows it (repeatable; * stands for any characters)',
    values: 'tools',
    read: collectNames('--deny'),
  },
  {
    flags: '--root <dir>',
    description: 'folder that read_file may read',
    values: 'folder',
    read: readWord('--root', '.'),
  },
  { flags: '--allow-dotfiles', description: 'let read_file read hidden files too' },
  { flags: '--allow-private-network', description: 'let fetch_url reach private addresses' },
  { flags: '--clean-env', description: 'give tools PATH, HOME and the like only, not the whole environment' },
]

export const FAIL_OPTION: OptionRow = {
  flags: '--fail-on-tool-error',
  description: 'exit 9 if any tool call failed or was denied',
}

export const LIMIT_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Limits:',
    flags: '-j, --concurrency <n>',
    description: 'tool calls at once (default: 64)',
    read: readWholeNumber('--concurrency', MAX_CONCURRENCY, 8),
  },
  { flags: '--sequential', description: 'one tool call after another' },
  {
    flags: '--slots <kind=n>',
    description: 'calls of a kind at once: threads, commands, mcp (each server)',
    values: ['threads=', 'commands=', 'mcp='],
    fills: readSlots,
  },
  {
    flags: '--on-error <mode>',
    description: `when a call fails: ${ON_ERROR.join(', ')} (default: collect)`,
    values: ON_ERROR,
    read: readOneOf('--on-error', ON_ERROR, 'fail-fast'),
  },
  {
    flags: '--optional-grace <duration>',
    description: 'for optional calls once all others are done (default: 250ms)',
    read: readDuration('--optional-grace'),
  },
  {
    flags: '--early-results <duration>',
    description: 'go on without calls that take longer; their results follow',
    read: readDuration('--early-results'),
  },
  {
    flags: '--answer-by <duration>',
    description: 'then end all calls and have the model answer (exit 7)',
    read: readDuration('--answer-by'),
  },
  {
    flags: '--timeout <duration>',
    description: 'for the whole run, e.g. 30s, 2m (default: none)',
    read: readDuration('--timeout'),
  },
  {
    flags: '--max-turns <n>',
    description: 'messages of the model (default: 25)',
    read: readWholeNumber('--max-turns', MAX_TURNS, 25),
  },
  {
    flags: '--max-total-tokens <n>',
    description: 'of all messages, read and written (default: none)',
    read: readWholeNumber('--max-total-tokens', MAX_TOTAL_TOKENS, 100_000),
  },
  {
    flags: '--max-cost <usd>',
    description: 'US dollars, e.g. 0.50 (default: none)',
    read: readMoney('--max-cost', MIN_COST_USD, MAX_COST_USD),
  },
]

/** How much is said on stderr, for every command. */
const SAY_OPTIONS: readonly OptionRow[] = [
  { flags: '-q, --quiet', description: 'errors only on stderr' },
  { flags: '-v, --verbose', description: 'say more on stderr' },
  { flags: '--debug', description: 'say everything on stderr, with stacks' },
  { flags: '--no-color', description: 'no colours' },
]

const OUTPUT_FILE_OPTION: OptionRow = {
  flags: '-o, --output <file>',
  description: 'write there instead of to stdout',
  values: 'file',
  read: readText('--output'),
}

export const OUTPUT_OPTIONS: readonly OptionRow[] = [
  { group: 'Output:', flags: '--json', description: 'print the transcript as one JSON document' },
  { flags: '--jsonl', description: 'print each event as a line of JSON, as it happens' },
  OUTPUT_FILE_OPTION,
  ...SAY_OPTIONS,
  { flags: '--timings', description: 'draw on stderr what ran when, once the run has ended' },
  { flags: '--dry-run', description: 'print the first request as JSON and send nothing' },
]

/** @param json  what --json prints */
export function tableOptions(json: string): OptionRow[] {
  return [{ group: 'Output:', flags: '--json', description: `print ${json}` }, OUTPUT_FILE_OPTION, ...SAY_OPTIONS]
}

/** Of a command that prints one thing in one form. */
export const PLAIN_OPTIONS: readonly OptionRow[] = [{ group: 'Output:', ...OUTPUT_FILE_OPTION }, ...SAY_OPTIONS]

export const OTHER_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Other:',
    flags: '--config <file>',
    description: "config file, instead of the user's own",
    values: 'file',
    read: readWord('--config', 'agent.json'),
  },
]
