/**
 * What is said of a mistake on the command line that commander has found: one line, and a hint that
 * can be typed.
 */
import { AgentError } from './contract/error.ts'

/** The commands that there are, with those below them. */
export type CommandNames = ReadonlyMap<string, readonly string[]>

/** Commander's mistake in our form: one line, and a hint that can be typed. */
export function mistake(
  error: { code: string; message: string },
  argv: readonly string[],
  commands: CommandNames,
): AgentError {
  const [command = ''] = argv
  const [line = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const message = line.replace(/'([^']*)'/, (_, quoted: string) => JSON.stringify(quoted))
  const meant = suggestion?.match(/Did you mean (?:one of )?([^?]+)\?/)?.[1]
  if (error.code === 'commander.unknownCommand') {
    if (commands.get(command)?.length) return noCommand(message, `agent ${command} ${meant ?? '--help'}`)
    const words = argv.filter((word) => word !== '--')
    if (meant === undefined) return noCommand(message, `agent ask ${quoted(words.join(' '))}`)
    return noCommand(message, `agent ${[meant, ...words.slice(1).map(typed)].join(' ')}`)
  }
  if (error.code === 'commander.unknownOption') {
    const option = message.slice(message.indexOf('"') + 1, -1)
    const [name = ''] = option.split('=', 1)
    if (option !== name && meant?.split(', ').includes(name))
      return usage('bad-usage', `${name} takes no value`, `write ${name} alone`)
    if (meant !== undefined) return usage('unknown-option', message, `did you mean ${meant}?`)
    if (/ |^-[\d.]/.test(option)) {
      return usage('unknown-option', message, `-- ends the options: agent ask -- ${quoted(option)}`)
    }
    if (!commands.has(command)) {
      const better = argv.includes('ask') ? 'agent ask --help' : `agent ask ${argv.map(typed).join(' ')}`
      return usage('unknown-option', message, `options stand behind the command: ${better}`)
    }
    const ending = command === 'ask' ? '; -- ends the options: agent ask -- "-1 + 2"' : ''
    return usage('unknown-option', message, `see ${helpFor(argv, commands)}${ending}`)
  }
  return usage('bad-usage', message, `see ${helpFor(argv, commands)}`)
}

/** What prints the help of the command that was typed. */
function helpFor([command = '', below]: readonly string[], commands: CommandNames): string {
  if (!commands.has(command)) return 'agent ask --help'
  const found = commands.get(command)?.find((name) => name === below)
  return found === undefined ? `agent ${command} --help` : `agent ${command} ${found} --help`
}

export function noCommand(message: string, hint: string): AgentError {
  return usage('unknown-command', message, hint)
}

/** A word as a shell takes it; bare where nothing in it means anything to a shell. */
function typed(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word)
}

function quoted(text: string): string {
  return /[$`"\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`
}

export function usage(code: string, message: string, hint: string): AgentError {
  return new AgentError(code, message, { exit: 'usage', hint })
}
