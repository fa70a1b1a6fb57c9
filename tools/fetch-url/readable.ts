/**
 * An HTML page as text to read: headings, paragraphs, lists, tables, links with their targets; no
 * scripts, styles or pictures.
 */
import { compile } from 'html-to-text'

/** Of markup, in characters; pages that are larger are mostly scripts and data. */
const MAX_MARKUP = 2_000_000

/**
 * The parser takes time that grows with the square of the depth: 600,000 open tags hold the event
 * loop, which all tools share, for 110 s. This many take 1 s at the worst.
 */
const MAX_TAGS = 50_000

const toText = compile({
  wordwrap: false,
  // Deeper than any page that a person wrote; the recursion of the walk ends here.
  limits: { maxDepth: 300, maxInputLength: MAX_MARKUP },
  selectors: [
    { selector: 'a', options: { ignoreHref: false, hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'svg', format: 'skip' },
    { selector: 'noscript', format: 'skip' },
    { selector: 'template', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
})

export function readable(html: string): { title: string | null; text: string } {
  const markup = html.slice(0, Math.min(MAX_MARKUP, endOfTags(html)))
  const text = toText(markup)
  const left = html.length - markup.length
  return { title: titleOf(markup), text: left === 0 ? text : `${text}\n[... ${left} characters of HTML left out ...]` }
}

/** Where the first tag that is one too many begins. */
function endOfTags(html: string): number {
  const tag = /<[a-z]/gi
  for (let tags = 0; tags <= MAX_TAGS; tags += 1) if (!tag.test(html)) return html.length
  return tag.lastIndex - '<a'.length
}

function titleOf(markup: string): string | null {
  const found = /<title\b[^>]{0,200}>([^<]{0,1000})/i.exec(markup)?.[1]
  if (found === undefined) return null
  return toText(found).replace(/\s+/g, ' ').trim() || null
}
