/**
 * What is said of a mistake on the command line that commander has found: one line, and a hint that
 * can be typed.
 */
import { AgentError } from './contract/error.ts'

/** Commander's mistake in our form: one line, and a hint that can be typed. */
export function mistake(error: { code: string; message: string }, argv: readonly string[]): AgentError {
  const [line = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const message = line.replace(/'([^']*)'/, (_, quoted: string) => JSON.stringify(quoted))
  const meant = suggestion?.match(/Did you mean (?:one of )?([^?]+)\?/)?.[1]
  if (error.code === 'commander.unknownCommand') {
    if (argv[0] === 'tools') return noCommand(message, `agent tools ${meant ?? '--help'}`)
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
    if (argv[0] !== 'ask' && argv[0] !== 'tools') {
      const command = argv.includes('ask') ? 'agent ask --help' : `agent ask ${argv.map(typed).join(' ')}`
      return usage('unknown-option', message, `options stand behind the command: ${command}`)
    }
    const ending = argv[0] === 'ask' ? '; -- ends the options: agent ask -- "-1 + 2"' : ''
    return usage('unknown-option', message, `see ${helpFor(argv)}${ending}`)
  }
  return usage('bad-usage', message, `see ${helpFor(argv)}`)
}

/** What prints the help of the command that was typed. */
function helpFor(argv: readonly string[]): string {
  if (argv[0] !== 'tools') return 'agent ask --help'
  const command = ['list', 'call', 'check'].find((name) => name === argv[1])
  return command === undefined ? 'agent tools --help' : `agent tools ${command} --help`
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
