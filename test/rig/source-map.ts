/**
 * Reads a source map as far as tests want to know what a bundle holds: which files, and of a file that was
 * itself bundled, in which of its regions (`//#region PATH`) the pieces lie that are left.
 */

type RawMap = { sources: string[]; sourcesContent: (string | null)[]; mappings: string }

export interface SourceMap {
  readonly sources: readonly string[]
  /** Names of the regions that something in the bundle came from, each once. */
  regions(): string[]
}

export function readSourceMap(text: string): SourceMap {
  const map: RawMap = JSON.parse(text)
  return {
    sources: map.sources,
    regions() {
      const regions = map.sourcesContent.map((content) => regionsOf(content ?? ''))
      const found = places(map.mappings).flatMap(([source, line]) => regions[source]?.[line] ?? [])
      return [...new Set(found)]
    },
  }
}

/** @returns  the region that each line lies in */
function regionsOf(content: string): (string | null)[] {
  let current: string | null = null
  return content.split('\n').map((line) => {
    if (/^\s*\/\/\s*#endregion/.test(line)) current = null
    current = /^\s*\/\/\s*#region\s+(.*)/.exec(line)?.[1] ?? current
    return current
  })
}

/** @returns  source and line, from 0, of each piece */
function places(mappings: string): [source: number, line: number][] {
  let source = 0
  let line = 0
  return mappings.split(/[;,]/).flatMap((segment): [number, number][] => {
    const [, bySource, byLine] = numbers(segment)
    if (bySource === undefined || byLine === undefined) return []
    source += bySource
    line += byLine
    return [[source, line]]
  })
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base 64 VLQ: five bits a digit, the lowest first, the sixth says that more follow; the lowest bit is the sign. */
function numbers(segment: string): number[] {
  const found: number[] = []
  let value = 0
  let shift = 0
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit)
    value += (bits & 31) << shift
    shift += 5
    if ((bits & 32) !== 0) continue
    found.push((value & 1) === 1 ? -(value >> 1) : value >> 1)
    value = 0
    shift = 0
  }
  return found
}
