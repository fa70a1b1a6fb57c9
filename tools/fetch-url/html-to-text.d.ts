/**
 * The part of html-to-text that is used here; the package brings no types of its own.
 */
declare module 'html-to-text' {
  export type Selector = { selector: string; format?: string; options?: Record<string, unknown> }

  export function compile(options: {
    wordwrap?: number | false
    limits?: { maxDepth?: number; maxInputLength?: number; ellipsis?: string }
    selectors?: Selector[]
  }): (html: string) => string
}
