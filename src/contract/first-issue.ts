/** What a schema found wrong with foreign data, in one line: the first place, and why. Loads no schema. */
export function firstIssue([first]: readonly { path: readonly PropertyKey[]; message: string }[]): string {
  return first === undefined ? 'unreadable' : `${first.path.map(String).join('.')}: ${first.message}`
}
