/**
 * The manual page, in roff with the macros of man(7), which groff, mandoc and every man read: from the
 * same commands, options and rows as `--help`. It bears no date: one build is like the next.
 */
import { ENVIRONMENT_ROWS, EXAMPLES, EXIT_ROWS, type HelpRow, PRECEDENCE, SIGNAL_ROWS } from './help.ts'
import type { CommandOutline, OptionOutline } from './help-outline.ts'

const FILES: readonly HelpRow[] = [
  ['~/.config/agent/config.json', 'the config file; `agent schema config` prints what may stand in it'],
  [
    '~/.local/state/agent/runs/',
    'a journal of each run, for `agent resume`, `agent view` and `agent runs`; XDG_STATE_HOME moves it',
  ],
]

const SEE_ALSO = 'jq(1), https://www.npmjs.com/package/agent-ask'

const DESCRIPTION = [
  '`agent` asks a model one question, runs the tool calls of each turn concurrently, gives the results back,',
  'and goes on until the model answers. It prints prose, or with `--json` a transcript with the timing of every',
  'tool call. It lives in shell pipelines and in CI: stdout is the answer, stderr the conversation, the exit code',
  'a contract. Each command prints its own help with `--help`.',
].join(' ')

export function manualPage(program: CommandOutline, version: string): string {
  const commands = allCommands(program)
  return [
    `.TH AGENT 1 "" "${escaped(`agent-ask ${version}`)}" "User Commands"`,
    // Nothing of an option is broken at its dashes, no word is divided, and the right margin stays ragged.
    '.nh\n.ad l',
    section('NAME', `agent \\- ${text('ask a model one question, with concurrent tool calls')}`),
    section('SYNOPSIS', ...commands.map(({ path, command }, at) => synopsis(path, command, at > 0))),
    section('DESCRIPTION', text(DESCRIPTION)),
    section('COMMANDS', ...commands.map(({ path, command }) => described(path, command))),
    section(
      'OPTIONS',
      subsection('agent', options(program.options)),
      ...commands.map(({ path, command }) => subsection(path, options(command.options))),
    ),
    section('EXIT STATUS', ...[...EXIT_ROWS, ...SIGNAL_ROWS].map(row)),
    section('ENVIRONMENT', ...ENVIRONMENT_ROWS.map(row), `.PP\n${text(PRECEDENCE)}`),
    section('FILES', ...FILES.map(([path, words]) => `.TP\n.I ${escaped(path)}\n${text(words)}`)),
    section('EXAMPLES', examples(EXAMPLES)),
    section('SEE ALSO', text(SEE_ALSO)),
    '',
  ].join('\n')
}

type Named = { path: string; command: CommandOutline }

/** Those that do something themselves, by what is typed. */
function allCommands(above: CommandOutline, path = above.name): Named[] {
  return above.commands.flatMap((command) => {
    const named = { path: `${path} ${command.name}`, command }
    if (command.name === 'help' && path !== 'agent') return []
    return command.commands.length > 0 ? allCommands(command, named.path) : [named]
  })
}

function section(title: string, ...parts: string[]): string {
  return [`.SH ${quoted(title)}`, ...parts].join('\n')
}

function subsection(title: string, body: string): string {
  return `.SS ${quoted(title)}\n${body}`
}

function synopsis(path: string, { usage }: CommandOutline, follows: boolean): string {
  return `${follows ? '.br\n' : ''}.B ${escaped(path)}\n${text(usage)}`
}

function described(path: string, { usage, description, arguments: operands }: CommandOutline): string {
  const shown = operands.filter(({ description: words }) => words !== '')
  const list = shown.map(({ term, description: words }) => `.TP\n.I ${escaped(term)}\n${text(words)}`)
  const body = [`.TP\n.BR ${quoted(path)} " ${escaped(usage)}"\n${text(description)}`]
  return [...body, ...(list.length === 0 ? [] : ['.RS', ...list, '.RE'])].join('\n')
}

/** Under their headings, as in help; the first needs no gap above it. */
function options(all: readonly OptionOutline[]): string {
  const groups = new Map<string, OptionOutline[]>()
  for (const option of all) groups.set(option.group, [...(groups.get(option.group) ?? []), option])
  const parts = [...groups].map(([group, members]) => {
    const rows = members.map(({ flags, description }) => `.TP\n${term(flags)}\n${text(description)}`)
    return [text(group), ...rows].join('\n')
  })
  return parts.join('\n.PP\n')
}

function row([first, words]: HelpRow): string {
  return `.TP\n.B ${escaped(first)}\n${text(words)}`
}

/** As they can be typed: nothing is filled or broken. */
function examples(help: string): string {
  const lines = help.split('\n').filter((line) => line.startsWith('  '))
  return ['.EX', ...lines.map((line) => noMacro(escaped(line.trim()))), '.EE'].join('\n')
}

/** Sentences, in lines of a source that can be read; what stands in backticks is bold. */
function text(words: string): string {
  const lines: string[] = []
  for (const word of marked(words).split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < MAX_LINE) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.map(noMacro).join('\n')
}

/** Of the source; mandoc's lint counts them. */
const MAX_LINE = 80

function marked(words: string): string {
  const parts = words.split('`')
  return parts.map((part, at) => (at % 2 === 1 ? `\\fB${escaped(part)}\\fR` : escaped(part))).join('')
}

/** `-m, --model <name>`: the names as they are typed, the value as what stands for something else. */
function term(flags: string): string {
  return flags
    .split(/(-[\w-]+|<[^>]*>)/)
    .map((part) => {
      if (part.startsWith('<')) return `\\fI${escaped(part)}\\fR`
      return part.startsWith('-') ? `\\fB${escaped(part)}\\fR` : escaped(part)
    })
    .join('')
}

/** What begins with one of these would be a command to the formatter. */
function noMacro(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line
}

/** Dashes and quotes as they are typed, and backslashes shown. */
function escaped(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
}

/** One argument of a macro. */
function quoted(words: string): string {
  return `"${escaped(words)}"`
}
