/**
 * What secrets look like that nobody has told us of: the tokens of well-known services and private
 * keys. A shape is a start that never changes and a body of one set of characters, so that an
 * unfinished one can be recognised at the end of a stream.
 */

export type TokenShape = {
  /** Any of these begins it. */
  starts: readonly string[]
  /** Members of a character class. */
  body: string
  /** Source of a regular expression for the whole token. */
  whole: string
}

const WORD = 'A-Za-z0-9_-'

function shape(starts: readonly string[], body: string, min: number): TokenShape {
  return { starts, body, whole: `(?<![A-Za-z0-9])(?:${starts.join('|')})[${body}]{${min},}` }
}

/** Its dots are where they are in a JSON Web Token. */
const WEB_TOKEN: TokenShape = {
  starts: ['eyJ'],
  body: 'A-Za-z0-9_.-',
  whole: String.raw`(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`,
}

/** The word `Bearer` is left, and a digit is asked for, so that prose about bearers is left too. */
const BEARER: TokenShape = {
  starts: ['Bearer ', 'bearer '],
  body: 'A-Za-z0-9._~+/=-',
  whole: String.raw`(?<=\b[Bb]earer )(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]{20,}`,
}

export const TOKEN_SHAPES: readonly TokenShape[] = [
  shape(['sk-ant-'], WORD, 16),
  shape(['sk-proj-', 'sk-svcacct-', 'sk-admin-'], WORD, 20),
  shape(['sk-'], 'A-Za-z0-9', 32),
  shape(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'A-Za-z0-9', 20),
  shape(['github_pat_'], 'A-Za-z0-9_', 20),
  shape(['glpat-'], WORD, 20),
  shape(['xoxa-', 'xoxb-', 'xoxe-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'], 'A-Za-z0-9-', 10),
  shape(['AKIA', 'ASIA'], 'A-Z0-9', 16),
  shape(['AIza'], WORD, 35),
  shape(['npm_'], 'A-Za-z0-9', 30),
  shape(['hf_'], 'A-Za-z0-9', 30),
  shape(['sk_live_', 'rk_live_'], 'A-Za-z0-9', 16),
  WEB_TOKEN,
  BEARER,
]

const PEM_BEGIN = '-----BEGIN '

/** A block that was cut counts too where its body has begun; prose about such a header does not. */
export const PRIVATE_KEY = [
  '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:',
  String.raw`(?:(?!-----)[\s\S]){0,16384}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----`,
  String.raw`|(?:\s|\\[nr])*[A-Za-z0-9+/=]{32}(?:[A-Za-z0-9+/=\s]|\\[nr])*`,
  ')',
].join('')

const OPEN_PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}(?:-{0,5}|PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S])*(?:-----(?:E|EN|END|END [A-Z0-9 ]{0,40}-{0,4})?)?)$/

/** Where a private key has begun in `text` that does not end in it; -1: nowhere. */
export function openPrivateKey(text: string): number {
  const at = text.lastIndexOf(PEM_BEGIN)
  return at >= 0 && OPEN_PRIVATE_KEY.test(text.slice(at)) ? at : -1
}

export const PRIVATE_KEY_START = PEM_BEGIN
