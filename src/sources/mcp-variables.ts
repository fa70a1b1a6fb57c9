/**
 * Puts variables of the environment into the strings of a server file: `${NAME}` and `${NAME:-default}`.
 * Everything else that looks like a variable stands for itself.
 */
const VARIABLE = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g

/** @returns the text, or the first variable that is not set and has no default */
export function expandVariables(
  text: string,
  variables: Readonly<Record<string, string>>,
): { text: string } | { missing: string } {
  let missing: string | null = null
  const expanded = text.replace(VARIABLE, (_whole, name: string, fallback: string | undefined) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    // As in a shell, `:-` stands in for an empty value too.
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
    if (value === undefined) missing ??= name
    return value ?? ''
  })
  return missing === null ? { text: expanded } : { missing }
}
