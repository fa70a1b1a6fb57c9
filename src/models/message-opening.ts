/**
 * Reads the first characters of a message, until it is clear whether calls may follow: white space,
 * the reasoning of a local model in `<think>`, a code fence, then `{` or `[`. Anything else, and a
 * fence in a programming language, opens an answer. It reads no JSON.
 */
import { isSpace } from './json-spelling.ts'

export type Opening =
  /** Not clear yet. */
  | 'more'
  /** Reasoning has ended: what was read so far is neither shown nor part of what follows. */
  | 'skip'
  /** This character, `{` or `[`, is the first of what may be calls. */
  | 'json'
  | 'text'

export interface MessageOpening {
  step(character: string): Opening
  /** The fence that is open, as many characters as it has; '' where there is none. */
  readonly fence: string
  /** Whether it stands inside reasoning, which is not shown. */
  readonly thinking: boolean
}

/** Fences in these are answers, whatever stands in them: somebody asked for code. */
const LANGUAGES = new Set(
  `bash c c# c++ clojure cpp cs csharp css csv dart diff dockerfile elixir erlang go graphql groovy haskell hcl html
  ini java javascript js jsx julia kotlin latex lisp lua make makefile markdown matlab md nginx nix ocaml perl php
  powershell proto protobuf ps1 py python python3 r rb rs ruby rust sass scala scheme scss sh shell sql svelte swift
  terraform tex toml ts tsx typescript vb vue xml yaml yml zig zsh`.split(/\s+/),
)
const TAGS = ['<think>', '<thinking>']

export function openMessageOpening(): MessageOpening {
  let state: 'start' | 'tag' | 'thinking' | 'fence' | 'info' | 'inside' = 'start'
  let tag = ''
  let closing = ''
  let fence = ''
  let info = ''

  function step(character: string): Opening {
    switch (state) {
      case 'start':
        return atStart(character)
      case 'tag':
        return inTag(character)
      case 'thinking':
        closing = (closing + character).slice(-tag.length - 1)
        if (closing !== tag.replace('<', '</')) return 'more'
        state = 'start'
        return 'skip'
      case 'fence':
        if (character === fence[0]) {
          fence += character
          return 'more'
        }
        if (fence.length < 3) return 'text'
        state = 'info'
        return inInfo(character)
      case 'info':
        return inInfo(character)
      default:
        return isSpace(character) ? 'more' : bracket(character)
    }
  }

  function atStart(character: string): Opening {
    if (isSpace(character)) return 'more'
    if (character === '<') return inTag(character)
    if (character !== '`' && character !== '~') return bracket(character)
    fence = character
    state = 'fence'
    return 'more'
  }

  function inTag(character: string): Opening {
    tag = (state === 'tag' ? tag : '') + character
    state = 'tag'
    if (TAGS.includes(tag)) state = 'thinking'
    return TAGS.some((one) => one.startsWith(tag)) ? 'more' : 'text'
  }

  /** The rest of the fence's line; models also write the JSON into it. */
  function inInfo(character: string): Opening {
    const isBracket = character === '{' || character === '['
    if (character !== '\n' && !isBracket) {
      info += character
      // Text of one line between backticks is no block.
      return character === fence[0] && character === '`' ? 'text' : 'more'
    }
    const [language = ''] = info.trim().toLowerCase().split(/\s/)
    if (LANGUAGES.has(language)) return 'text'
    state = 'inside'
    return isBracket ? 'json' : 'more'
  }

  return {
    step,
    get fence() {
      return fence
    },
    get thinking() {
      return state === 'thinking'
    },
  }
}

function bracket(character: string): Opening {
  return character === '{' || character === '[' ? 'json' : 'text'
}
