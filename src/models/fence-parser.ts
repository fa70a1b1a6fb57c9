/**
 * From the text of one message, as it streams, to prose and tool calls. A message is calls when it
 * is nothing but one JSON object with a key `tool`, several of them, or a list of them, bare or in a
 * code fence; anything else is the answer. Text is told at once when it can be no call; until then it
 * is held. Reasoning in front is neither. Cut input never passes: an object is read only once its end has come, and is told only
 * once what follows shows that this was its end. It knows nothing of blocks, ids and stop reasons.
 */
import { unreachable } from '../contract/error.ts'
import type { JsonScanner } from './json-scanner.ts'
import { openJsonScanner } from './json-scanner.ts'
import { isSpace } from './json-spelling.ts'
import { openMessageOpening } from './message-opening.ts'
import type { WrittenCall } from './written-call.ts'
import { readObject } from './written-call.ts'

export type WrittenPart = { type: 'text'; text: string } | { type: 'call'; call: WrittenCall }

/** What begins like a call and cannot be read as one. `toolName` is null where it was not reached. */
export type UnreadableRest = { text: string; reason: string; toolName: string | null }

export interface FenceParser {
  push(text: string): void
  /**
   * The message has ended; the last parts are told.
   *
   * @param whole  false: something cut it, so what is open may have been meant to go on
   * @returns      what was neither told as text nor as a call; null: nothing
   */
  end(whole: boolean): UnreadableRest | null
}

/**
 * - `opening`: it is not clear yet what the message is
 * - `json`: inside an object or a list
 * - `behind`: directly behind the end of an object that stands alone
 * - `between`: behind a whole call; another may follow, or the end of the fence, or prose
 * - `closing`: in what may be the fence's end
 * - `text`: all that follows is prose
 * - `unreadable`: all that follows belongs to what could not be read
 */
type State = 'opening' | 'json' | 'behind' | 'between' | 'closing' | 'text' | 'unreadable'

/** Directly behind a whole object they say that it was not meant to end there. */
const CONTINUES = `"':}]`
const MIXED = 'some members of the list are calls, and some are not'
const UNFINISHED = 'it ends before its last bracket'
/** Of the text before the place that could not be read. */
const MAX_QUOTED_LENGTH = 40

/** @param callable  false: whatever follows the reasoning is the answer */
export function openFenceParser(onPart: (part: WrittenPart) => void, callable = true): FenceParser {
  const opening = openMessageOpening()
  let state: State = 'opening'
  let scanner: JsonScanner | null = null
  /** Read, and not told yet. */
  let held = ''
  /** Whether reasoning stands in front. */
  let skipped = false
  /** Members of the list, or objects one behind another. */
  let calls = 0
  let others = 0
  /** Whether the object that is read stands in no list. */
  let alone = false
  /** It has ended, and the next character tells whether it was meant to. */
  let waiting: WrittenCall | null = null
  let closing = ''
  let closed = false
  let reason = ''

  function push(text: string): void {
    let at = 0
    for (; at < text.length && state !== 'text'; at += 1) {
      const character = text[at] ?? ''
      held += character
      read(character)
    }
    if (state !== 'text') return
    tell(held + text.slice(at))
    held = ''
  }

  function read(character: string): void {
    switch (state) {
      case 'opening':
        open(character)
        break
      case 'json':
        scan(character)
        break
      case 'behind':
        if (CONTINUES.includes(character)) giveUp(`${JSON.stringify(character)} stands behind its end`)
        else {
          tellCall(waiting)
          held = character
          between(character)
        }
        break
      case 'between':
        between(character)
        break
      case 'closing':
        if (character === opening.fence[0]) closing += character
        else if (closing.length < opening.fence.length) prose()
        else fenceEnds(character)
        break
      case 'text':
      case 'unreadable':
        break
      default:
        unreachable(state)
    }
  }

  function open(character: string): void {
    const found = opening.step(character)
    if (found === 'skip') skipped = true
    // The lines between reasoning and answer belong to neither.
    if (skipped) held = found === 'skip' ? '' : held.trimStart()
    if (found === 'json' && callable) begin(character)
    else if (found === 'text' || found === 'json') prose()
  }

  function begin(bracket: string): void {
    state = 'json'
    alone = bracket === '{'
    scanner = openJsonScanner({ onObject: take, onOther: takeOther })
    scan(bracket)
  }

  function scan(character: string): void {
    if (scanner === null) return
    const step = scanner.step(character)
    // What was found in this step may have decided already.
    if (state !== 'json' || step.type === 'more') return
    if (step.type === 'damage') {
      if (isLikeCalls(scanner)) giveUp(`${step.reason}, after ${quoteEnd(held.slice(0, -1))}`)
      else prose()
    } else if (waiting !== null) state = 'behind'
    else if (calls === 0) prose()
    else {
      held = ''
      state = 'between'
    }
  }

  /** A whole object. In a list it is settled by what followed; one that stands alone has yet to be. */
  function take(text: string): void {
    const found = readObject(text)
    if (found.type === 'other' || (found.type === 'unreadable' && scanner?.likeCall === false)) takeOther()
    else if (found.type === 'unreadable') giveUp(found.reason)
    else if (others > 0) giveUp(MIXED)
    else takeCall(found.call)
  }

  function takeCall(call: WrittenCall): void {
    calls += 1
    if (alone) waiting = call
    else {
      tellCall(call)
      // the character that settled it: the first of the next member, or the end of the list
      held = held.slice(-1)
    }
  }

  function takeOther(): void {
    others += 1
    if (alone) prose()
    else if (calls > 0) giveUp(MIXED)
  }

  function between(character: string): void {
    state = 'between'
    if (isSpace(character)) {
      if (held.trim() === '') held = ''
    } else if (!closed && character === opening.fence[0]) {
      state = 'closing'
      closing = character
    } else if (alone && !closed && character === '{') {
      // Several objects without a list around them: what was meant is clear.
      held = character
      begin(character)
    } else if (!alone || character !== ',' || held !== ',') prose()
  }

  function fenceEnds(character: string): void {
    closed = true
    held = character
    between(character)
  }

  function prose(): void {
    state = 'text'
  }

  function giveUp(why: string): void {
    state = 'unreadable'
    reason = why
  }

  function tell(text: string): void {
    if (text !== '') onPart({ type: 'text', text })
  }

  function tellCall(call: WrittenCall | null): void {
    waiting = null
    if (call !== null) onPart({ type: 'call', call })
  }

  /** Whether what is open belongs to calls, so that it cannot be an answer. */
  function isLikeCalls({ likeCall }: JsonScanner): boolean {
    return likeCall || (calls > 0 && !alone)
  }

  function end(whole: boolean): UnreadableRest | null {
    const rest = { text: held, toolName: scanner?.toolName ?? null }
    switch (state) {
      case 'opening':
        if (!opening.thinking) tell(held)
        return null
      case 'json': {
        // Cut before its first key it may have become anything; a call above all.
        const isOpen = scanner !== null && (isLikeCalls(scanner) || (!whole && scanner.keyless && others === 0))
        if (isOpen) return { ...rest, reason: UNFINISHED }
        tell(held)
        return null
      }
      case 'behind':
        // Where the message was cut, nothing has shown that this was the end.
        if (!whole) return { ...rest, reason: UNFINISHED }
        tellCall(waiting)
        return null
      case 'unreadable':
        return { ...rest, reason }
      case 'between':
      case 'closing':
      case 'text':
        return null
      default:
        return unreachable(state)
    }
  }

  return { push, end }
}

function quoteEnd(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED_LENGTH ? `...${text.slice(-MAX_QUOTED_LENGTH)}` : text)
}
