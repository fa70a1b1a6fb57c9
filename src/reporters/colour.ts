/**
 * The few colours that are used on stderr. Codes are written only where `colour` is on; NO_COLOR and
 * the like are decided in config.ts.
 */
export type Paint = {
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  quiet(text: string): string
}

const PLAIN: Paint = { good: (text) => text, bad: (text) => text, warn: (text) => text, quiet: (text) => text }

const COLOURED: Paint = {
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
  warn: (text) => `\x1b[33m${text}\x1b[39m`,
  quiet: (text) => `\x1b[2m${text}\x1b[22m`,
}

export function paintFor(colour: boolean): Paint {
  return colour ? COLOURED : PLAIN
}
