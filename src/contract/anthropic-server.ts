/**
 * Whether a URL is Anthropic's own: what is asked there needs a key, and may be sent one; how it answers
 * is known. All hosts below its name count, over https only: what answers to the name without it may be
 * anybody.
 */

/** @returns false for a text that is no URL, too */
export function isAnthropicUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' && /(^|\.)anthropic\.com$/.test(hostname)
}
