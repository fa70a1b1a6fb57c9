/**
 * What has changed between the beginning of a run and its going on, as far as it would make another
 * run of it: the program, the model, the tools. The instructions are the run's own, and stay. Pure.
 */
import type { JournalHeader } from './journal.ts'

/** What there is now, in the words of a header. */
export type PresentState = Pick<JournalHeader, 'version' | 'model' | 'base_url' | 'tools'>

/** @returns a line for each change, `-` what it was, `+` what it is; [] where nothing has changed */
export function journalChanges(then: PresentState, now: PresentState): string[] {
  return [
    ...changed('agent', then.version, now.version),
    ...changed('model', then.model, now.model),
    ...changed('base URL', then.base_url ?? 'the default', now.base_url ?? 'the default'),
    ...toolChanges(then.tools, now.tools),
  ]
}

function changed(what: string, then: string, now: string): string[] {
  return then === now ? [] : [`- ${what} ${then}`, `+ ${what} ${now}`]
}

function toolChanges(then: PresentState['tools'], now: PresentState['tools']): string[] {
  const before = new Map(then.map((tool) => [tool.name, tool]))
  const after = new Map(now.map((tool) => [tool.name, tool]))
  const lines: string[] = []
  for (const [name, tool] of before) {
    const other = after.get(name)
    if (other === undefined) lines.push(`- tool ${name} (${tool.source})`)
    else if (other.source !== tool.source) lines.push(`~ tool ${name}: ${other.source}, was ${tool.source}`)
    else if (other.effect !== tool.effect) lines.push(`~ tool ${name}: effect ${other.effect}, was ${tool.effect}`)
    else if (other.digest !== tool.digest) lines.push(`~ tool ${name}: its description or schema`)
  }
  for (const [name, { source }] of after) if (!before.has(name)) lines.push(`+ tool ${name} (${source})`)
  return lines
}
