/**
 * What must hold after every end-to-end test, whatever the test was about: nobody lives on, no
 * artefact holds the key, stdout is what was promised, stderr has no stack, the exit code is known.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { EXIT } from '../../src/contract/error.ts'
import { demandSchema, eventFaults, schemaFaults } from './printed-schemas.ts'
import type { AgentResult } from './run-agent.ts'
import { CANARY_KEY, parseLines } from './run-agent.ts'
import { survivors } from './survivors.ts'

export type AuditOptions = {
  /** Secrets beside the canary key that may stand nowhere. */
  secrets?: readonly string[]
  /** Files that the test itself put there, absolute. */
  except?: readonly string[]
  /** The test killed it itself, so there is no exit code. */
  killed?: boolean
  /** The test wants a stack: --debug, or a tool that prints one. */
  stackAllowed?: boolean
}

/** What the faults' table demands after every end-to-end test. */
export async function endToEnd(result: AgentResult, options: AuditOptions = {}): Promise<void> {
  expect(await auditRun(result, options)).toEqual([])
}

/** @returns  what is wrong, one line each */
export async function auditRun(result: AgentResult, options: AuditOptions = {}): Promise<string[]> {
  const wrong: string[] = []
  for (const { pid, command } of await survivors(result.marker, 1000)) wrong.push(`process ${pid} lives on: ${command}`)
  const secrets = [CANARY_KEY, ...(options.secrets ?? [])]
  const artefacts = [
    { name: 'stdout', text: result.stdout },
    { name: 'stderr', text: result.stderr },
    ...filesIn(result.dir).filter(({ name }) => !(options.except ?? []).includes(name)),
  ]
  for (const { name, text } of artefacts) {
    // A journal has to hold everything but the model's credentials, or the run could not go on from it.
    for (const secret of name.includes('/agent/runs/') ? [CANARY_KEY] : secrets)
      if (text.includes(secret)) wrong.push(`${name} holds the secret ${secret.slice(0, 13)}...`)
  }
  const unreadable = result.wholeStdout ? jsonFault(result) : null
  if (unreadable !== null) wrong.push(unreadable)
  if (options.stackAllowed !== true && /^\s+at /m.test(result.stderr))
    wrong.push(`a stack on stderr: ${result.stderr.slice(0, 2000)}`)
  const codes: readonly (number | null)[] = Object.values(EXIT)
  if (options.killed !== true && !codes.includes(result.code)) {
    wrong.push(`the exit code ${result.code} (signal ${result.signal}) is not in the table`)
  }
  return wrong
}

/** Why stdout is not what --json or --jsonl promise; null where it is, or nothing was promised. */
function jsonFault({ args, stdout }: AgentResult): string | null {
  const end = args.indexOf('--')
  const flags = end === -1 ? args : args.slice(0, end)
  if (flags.some((flag) => flag === '-o' || /^--output(=|$)/.test(flag))) return null
  try {
    if (flags.includes('--json')) {
      const document: unknown = JSON.parse(stdout)
      if (isOfRun(flags)) demandSchema(schemaFaults('transcript', document))
    } else if (flags.includes('--jsonl')) demandSchema(parseLines(stdout).flatMap(eventFaults))
    return null
  } catch (error) {
    return `stdout is not what was promised: ${String(error)}: ${stdout.slice(0, 500)}`
  }
}

/** Other commands print other documents. */
function isOfRun([command, action, ...flags]: readonly string[]): boolean {
  if (command === 'runs') return action === 'show'
  return (command === 'ask' || command === 'resume') && ![action, ...flags].includes('--dry-run')
}

function filesIn(dir: string): { name: string; text: string }[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    if (!entry.isFile()) return []
    const name = join(entry.parentPath, entry.name)
    const text = textOf(name)
    return text === null ? [] : [{ name, text }]
  })
}

/** null: gone meanwhile, as the lock of another run in the same home. */
function textOf(name: string): string | null {
  try {
    return readFileSync(name, 'latin1')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
