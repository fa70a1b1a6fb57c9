/**
 * The answer, for people. On a pipe: the final answer, once, at the end, never text of a turn that
 * went on or was asked again. At a terminal: all text as it comes. It never shows the same text
 * twice, and marks on stderr what is void; why a run failed, or its answer is incomplete, is said by its
 * caller, once the answer is out.
 */

import type { AgentEvent } from '../contract/event.ts'
import type { Redactor } from '../contract/redact.ts'
import { openRedactStream } from '../contract/redact-stream.ts'
import type { Notify, Reporter } from '../contract/reporter.ts'
import { openSanitizer, sanitize } from '../contract/sanitize.ts'
import type { Output } from './output.ts'
import type { Screen } from './screen.ts'
import { stillScreen } from './screen.ts'

export type ProseOptions = {
  output: Output
  /** Whether the answer goes to a terminal, and so is shown as it comes. */
  stream: boolean
  redact: Redactor
  notify: Notify
  /** null: nothing moves on the terminal. */
  progress: Screen | null
}

export function openProse(options: ProseOptions): Reporter {
  const { output, redact, notify } = options
  const screen = options.progress ?? stillScreen()
  const live = options.stream ? openLiveText(output, redact, screen) : null

  /** The last message only paused: the next one goes on with it. */
  let paused = false

  const finish = (event: AgentEvent & { type: 'run_end' }) => {
    live?.end()
    const answer = event.answer ?? ''
    if (answer.trim() === '' || live?.last() === answer) return
    screen.hide()
    output.write(`${redact(sanitize(answer)).trimEnd()}\n`)
    screen.show()
  }

  return {
    report: (event) => {
      switch (event.type) {
        case 'turn_start':
          if (!paused) live?.begin()
          break
        case 'text_delta':
          live?.push(event.text)
          break
        case 'message_end':
          paused = event.message.stop_reason === 'pause_turn'
          if (!paused) live?.end()
          break
        case 'turn_retry':
          live?.end()
          if ((live?.last() ?? '') !== '') {
            notify('warning', `the text above is void and will be asked for again: ${event.reason.message}`)
          }
          live?.begin()
          break
        case 'run_end':
          finish(event)
          break
        default:
        // the other events hold no text of the answer
      }
    },
    close: () => output.close(),
  }
}

/** Text of one message, on a screen whose moving lines are away while it streams. */
function openLiveText(output: Output, redact: Redactor, screen: Screen) {
  const sanitizer = openSanitizer()
  const redacted = openRedactStream(redact)
  let message = ''
  let streaming = false

  const show = (text: string) => {
    if (text === '') return
    output.write(text)
    screen.insideLine = !text.endsWith('\n')
  }
  return {
    /** A new message: its text is none so far. */
    begin: () => {
      message = ''
    },
    push: (text: string) => {
      if (text === '') return
      if (!streaming) screen.hide()
      streaming = true
      message += text
      show(redacted.push(sanitizer.push(text)))
    },
    end: () => {
      if (!streaming) return
      show(redacted.push(sanitizer.end()) + redacted.end())
      if (screen.insideLine) show('\n')
      streaming = false
      screen.show()
    },
    /** The message that was shown last, with those that paused before it, as the model wrote them. */
    last: () => message,
  }
}
