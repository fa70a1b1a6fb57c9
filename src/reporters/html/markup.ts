/**
 * The one place where text becomes markup. Whatever a template is given is text, is escaped, and loses what
 * could reorder or hide what stands around it; only what another template has made is markup already. A value
 * may stand in an element's content or between the quotes of an attribute, never as a name, in a tag, nor
 * inside of <script> or <style>.
 */
import { sanitize } from '../../contract/sanitize.ts'

/** Made here only: no JSON that a tool or a file brings can pass for it. */
export class Markup {
  readonly #text: string

  constructor(text: string, key: typeof own) {
    if (key !== own) throw new TypeError('markup is made by html`...`')
    this.#text = text
  }

  /** What a file of HTML holds. */
  get source(): string {
    return this.#text
  }
}

const own = Symbol('own')

/** Lists are joined; null is nothing. */
export type Content = Markup | string | number | null | readonly Content[]

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] ?? ''
  for (const [index, value] of values.entries()) text += spelled(value) + (strings[index + 1] ?? '')
  return new Markup(text, own)
}

/**
 * A style or a script of ours, whose text stands as it is.
 *
 * @throws  TypeError where the text would end its own element
 */
export function ownElement(name: 'style' | 'script', text: string): Markup {
  if (/<\/|<!--/.test(text)) throw new TypeError(`the ${name} of the page must hold neither "</" nor "<!--"`)
  return new Markup(name === 'style' ? `<style>${text}</style>` : `<script type="module">${text}</script>`, own)
}

function spelled(value: Content): string {
  if (value instanceof Markup) return value.source
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escaped(value)
  let text = ''
  for (const one of value) text += spelled(one)
  return text
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

const PLAIN = /^[\n\t\x20-\x7e]*$/

/** Halves of characters too: no file of UTF-8 can hold one. */
function escaped(text: string): string {
  // Most texts of a page are short words of ASCII; what it takes to look for hidden ones is seen at ten thousand calls.
  const clean = PLAIN.test(text) ? text : sanitize(text).replace(/\p{Surrogate}/gu, '\ufffd')
  return clean.replace(/[&<>"'`]/g, (character) => REFERENCES[character] ?? '')
}
