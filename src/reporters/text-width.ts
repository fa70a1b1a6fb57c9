/**
 * How many columns a text takes in a terminal, and how it is cut to fit. Characters are counted as
 * people see them: an emoji of several code points is one, wide characters take two columns.
 */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

const ONLY_ASCII = /^[\x20-\x7e]*$/
/** Marks and format characters that stand alone. */
const NO_WIDTH = /^[\p{M}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]+$/u
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])/u

export function textWidth(text: string): number {
  if (ONLY_ASCII.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += characterWidth(segment)
  return width
}

/** At most `columns` wide; what was cut ends in `…`. */
export function cutToWidth(text: string, columns: number): string {
  if (columns <= 0) return ''
  if (text.length <= columns && ONLY_ASCII.test(text)) return text
  // no more of it can be seen, and a huge input is not measured whole
  const head = text.slice(0, columns * 16)
  if (head.length === text.length && textWidth(text) <= columns) return text
  let kept = ''
  let width = 0
  for (const { segment } of segmenter.segment(head)) {
    width += characterWidth(segment)
    if (width > columns - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** Cut, and filled with spaces to exactly `columns`. */
export function fitToWidth(text: string, columns: number): string {
  const cut = cutToWidth(text, columns)
  return cut + ' '.repeat(Math.max(columns - textWidth(cut), 0))
}

function characterWidth(segment: string): number {
  if (NO_WIDTH.test(segment)) return 0
  return WIDE.test(segment) ? 2 : 1
}
