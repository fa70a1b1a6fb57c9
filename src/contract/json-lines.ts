/**
 * Finds the line of every value of a JSON text, and the line where the text stops being JSON.
 * `JSON.parse` tells neither on Node 20. It only locates: the values themselves come from
 * `JSON.parse`.
 */
export type JsonLines = {
  /** The line of the value at this path, counted from 1; of the nearest one above where there is none. */
  lineOf(path: readonly PropertyKey[]): number
  /** Keys that stand twice in one object: the second would silently win. */
  duplicates: { path: string[]; line: number }[]
}

export class JsonSyntaxFault extends Error {
  readonly line: number
  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

const MAX_DEPTH = 100
const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

/**
 * Parses what people write by hand: a mark of the byte order may stand before it, and a key may not stand
 * twice in one object.
 *
 * @param problem  makes the error of a line and what is wrong there
 * @throws         what `problem` makes
 */
export function parseLocated(
  text: string,
  problem: (line: number, message: string) => Error,
): { parsed: unknown; lines: JsonLines } {
  const json = text.replace(/^\uFEFF/, '')
  const lines = locatedOr(json, problem)
  const [duplicate] = lines.duplicates
  if (duplicate !== undefined) throw problem(duplicate.line, `"${duplicate.path.join('.')}" stands twice`)
  return { parsed: JSON.parse(json), lines }
}

function locatedOr(json: string, problem: (line: number, message: string) => Error): JsonLines {
  try {
    return locateJson(json)
  } catch (error) {
    if (error instanceof JsonSyntaxFault) throw problem(error.line, `no JSON: ${error.message}`)
    throw error
  }
}

/** @throws JsonSyntaxFault */
export function locateJson(text: string): JsonLines {
  const lines = new Map<string, number>()
  const duplicates: JsonLines['duplicates'] = []
  let at = 0

  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  const fail = (expected: string): never => {
    const found = at >= text.length ? 'the end of the file' : JSON.stringify(text[at])
    throw new JsonSyntaxFault(`expected ${expected}, found ${found}`, lineAt(at))
  }
  const skipSpace = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at += 1
  }
  const take = (pattern: RegExp, expected: string): string => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return fail(expected)
    at += match[0].length
    return match[0]
  }
  const next = (character: string): boolean => {
    skipSpace()
    if (text[at] !== character) return false
    at += 1
    return true
  }

  function value(path: string[]): void {
    skipSpace()
    if (path.length > MAX_DEPTH) fail(`at most ${MAX_DEPTH} levels`)
    lines.set(keyOf(path), lineAt(at))
    if (next('{')) members(path)
    else if (next('[')) elements(path)
    else if (text[at] === '"') take(STRING, 'a string on one line')
    else take(LITERAL, 'a value')
  }

  function members(path: string[]): void {
    if (next('}')) return
    const seen = new Set<string>()
    do {
      skipSpace()
      const line = lineAt(at)
      const key: unknown = JSON.parse(take(STRING, 'a key in double quotes'))
      const name = String(key)
      if (seen.has(name)) duplicates.push({ path: [...path, name], line })
      seen.add(name)
      if (!next(':')) fail('a colon')
      value([...path, name])
      // The key's own line is where a person looks, also where the value begins further down.
      lines.set(keyOf([...path, name]), line)
    } while (next(','))
    if (!next('}')) fail('a comma or }')
  }

  function elements(path: string[]): void {
    if (next(']')) return
    let index = 0
    do {
      value([...path, String(index)])
      index += 1
    } while (next(','))
    if (!next(']')) fail('a comma or ]')
  }

  value([])
  skipSpace()
  if (at < text.length) fail('the end of the file')
  return {
    duplicates,
    lineOf: (path) => {
      for (let length = path.length; length > 0; length -= 1) {
        const line = lines.get(keyOf(path.slice(0, length).map(String)))
        if (line !== undefined) return line
      }
      return lines.get(keyOf([])) ?? 1
    },
  }
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path)
}
