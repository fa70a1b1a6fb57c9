/**
 * The flags with which a run goes on: what was typed then, and over it what is typed now. A journal
 * that stands elsewhere than in our own state folder may have been written by anybody: it chooses
 * neither code nor a server, a file or a permission.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JsonObject, JsonValue } from '../contract/json.ts'
import type { AskFlags } from '../flags.ts'
import { isSchemaText, NO_FLAGS } from '../flags.ts'

type Flag = keyof AskFlags

/** What any journal may decide. */
const HARMLESS = new Set<string>(
  Array.of<Flag[]>(
    ['model', 'maxTokens', 'effort', 'protocol', 'offline', 'cache', 'only', 'deny', 'concurrency', 'sequential'],
    ['timeoutMs', 'maxTurns', 'slots', 'onError', 'optionalGraceMs', 'earlyResultsMs', 'answerByMs'],
    ['maxTotalTokens', 'maxCostUsd', 'failOnToolError', 'builtins', 'cleanEnvironment', 'requireMcp'],
    ['schema'],
  ).flat(),
)

/** How a run is shown, and what only concerns its beginning. */
const SHOWN = new Set<string>(
  Array.of<Flag[]>([
    'json',
    'jsonl',
    'output',
    'quiet',
    'verbose',
    'debug',
    'timings',
    'colour',
    'dryRun',
    'files',
    'continueRun',
    'record',
    'replay',
    'replaySpeed',
    'liveTools',
    'journal',
    'noJournal',
  ]).flat(),
)

/** Lists to which more is added: what was forbidden stays so, and a policy holds until another is said of the tool. */
const ADDED = ['deny', 'toolSayings'] as const satisfies Flag[]

/**
 * @param then     as the journal's header has them
 * @param trusted  whether the journal is our own
 */
export function flagsToGoOn(then: JsonObject, now: AskFlags, trusted: boolean): AskFlags {
  const chosen = Object.entries(then).filter(
    ([key, value]) =>
      Object.hasOwn(NO_FLAGS, key) && !SHOWN.has(key) && (trusted || HARMLESS.has(key)) && !isSchemaFile(key, value),
  )
  const typed = Object.entries(now).filter(([key, value]) => !isDefault(key, value))
  const before: Record<string, unknown> = Object.fromEntries(chosen)
  const added = ADDED.map((key) => [key, [...listOf(before[key]), ...now[key]]])
  // `as`: of keys that AskFlags has, with values that these flags had when they were written.
  return { ...NO_FLAGS, ...before, ...Object.fromEntries(typed), ...Object.fromEntries(added) } as AskFlags
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A journal holds the schema itself: what names a file was put there by somebody else. */
function isSchemaFile(key: string, value: JsonValue): boolean {
  return key === 'schema' && !(typeof value === 'string' && value.startsWith('{'))
}

/**
 * With paths that do not depend on where the run was begun: what was typed is meant from where it was typed.
 * A server's command stays as it is, and runs where the run does.
 */
export function placedFlags(flags: AskFlags, directory: string): AskFlags {
  const place = (path: string) => resolve(directory, path)
  const placed = (path: string | null) => (path === null ? null : place(path))
  const { tools, mcp, root, system, config, journal, record, replay, schema } = flags
  return {
    ...flags,
    tools: tools.map(place),
    mcp: mcp.map((server) => (existsSync(place(server)) ? place(server) : server)),
    root: placed(root),
    system: system?.startsWith('@') ? `@${place(system.slice(1))}` : system,
    config: placed(config),
    journal: placed(journal),
    record: placed(record),
    replay: placed(replay),
    schema: schema === null || isSchemaText(schema) ? schema : place(schema.replace(/^@/, '')),
  }
}

function isDefault(key: string, value: unknown): boolean {
  const usual: unknown = NO_FLAGS[key as keyof AskFlags] // of Object.entries(AskFlags)
  return JSON.stringify(value) === JSON.stringify(usual)
}
