/**
 * What is wrong with the URL of a server. Its reader knows nothing of files and flags: who asks says
 * where the URL stands.
 */

/** @returns what is wrong with it, to stand behind its name */
export function urlFault(text: string): string | null {
  if (!URL.canParse(text)) return 'is none'
  const { protocol, username, password } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') return 'does not begin with http:// or https://'
  return username === '' && password === '' ? null : 'holds a user name or password, which belong into "headers"'
}
