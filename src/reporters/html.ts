/**
 * A run as one page of HTML that needs nothing else: no network, no script from elsewhere, no address that can
 * be followed. It is given a transcript that has been redacted, and escapes all of it (html/markup.ts); if
 * that ever failed, the page's own policy lets nothing run but the script whose hash it names. Pure.
 */
import { createHash } from 'node:crypto'
import type { Transcript } from '../contract/transcript.ts'
import { chooseUnit } from './format.ts'
import { callAnchor, callTable } from './html/calls.ts'
import { conversation } from './html/conversation.ts'
import { html, ownElement } from './html/markup.ts'
import { answer, pageHeader, pageTitle, totals } from './html/overview.ts'
import script from './html/page.js?raw'
import style from './html/style.css?raw'
import { policyChanges, turnAnchor, turnTable } from './html/turns.ts'
import { waterfall, waterfallParts } from './html/waterfall.ts'
import type { Row } from './timeline.ts'
import { timelineOf } from './timeline.ts'

/** @returns a whole document, its line ends `\n` */
export function htmlReport(transcript: Transcript): string {
  const timeline = timelineOf(transcript)
  const unit = chooseUnit(timeline.endMs)
  const calls = timeline.rows.filter((row) => row.of === 'call')
  const anchors = anchorsOf(timeline.rows)
  const byId = new Map(calls.map((row, index) => [row.record.id, callAnchor(index + 1)]))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${pageTitle(transcript)} · agent</title>
${ownElement('style', style)}
</head>
<body>
<a class="skip" href="#calls-title">To the table of calls</a>
${waterfallParts()}
${pageHeader(transcript)}
<main>
${answer(transcript)}
${totals(transcript)}
${timeline.rows.length === 0 ? null : waterfall(timeline, anchors)}
${callTable(calls, unit)}
${turnTable(transcript.turns, unit)}
${policyChanges(transcript.policy_changes, unit)}
${conversation(transcript.messages, byId)}
</main>
${ownElement('script', script)}
</body>
</html>
`
  return page.source
}

/** Calls are counted as they come in the picture, dropped ones too. */
function anchorsOf(rows: readonly Row[]): string[] {
  let calls = 0
  return rows.map((row) => {
    if (row.of === 'model') return turnAnchor(row.turn)
    calls += 1
    return callAnchor(calls)
  })
}

/** Images of results stand in the page itself; nothing else is loaded, sent, framed or made of text by a script. */
function policy(): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
