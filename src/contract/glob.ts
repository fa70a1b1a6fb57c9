/**
 * Names with wildcards, as flags and config file write them: `*` stands for any characters, `?` for
 * one, everything else for itself.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(name)
}

export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, name))
}
