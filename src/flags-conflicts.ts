/**
 * Flags that contradict each other. It looks at what was typed only; a flag that overrules a file is
 * none.
 */
import { AgentError } from './contract/error.ts'
import type { AskFlags } from './flags.ts'

/** The first of the table that applies is reported. */
export function refuseConflicts(flags: AskFlags): void {
  const conflicts: [boolean, string, string][] = [
    [
      flags.json && flags.jsonl,
      '--json and --jsonl exclude each other',
      'take --json for one document, --jsonl for events',
    ],
    [flags.quiet && flags.verbose, '-q and -v exclude each other', 'leave one of them out'],
    [flags.quiet && flags.debug, '-q and --debug exclude each other', 'leave one of them out'],
    [
      flags.sequential && (flags.concurrency ?? 1) > 1,
      `--sequential and -j ${flags.concurrency} exclude each other`,
      '--sequential means -j 1; leave one of them out',
    ],
    [
      flags.offline && flags.baseUrl !== null,
      '--offline and --base-url exclude each other',
      'the offline model talks to no server; leave one of them out',
    ],
    [
      flags.offline && flags.model !== null && flags.model !== 'offline',
      `--offline and --model ${JSON.stringify(flags.model)} exclude each other`,
      '--offline is a model of its own; leave one of them out',
    ],
    [
      flags.protocol === 'text' && (flags.offline || flags.model === 'offline'),
      '--offline and --protocol text exclude each other',
      'the offline model reads and writes no text; leave one of them out',
    ],
    [
      flags.model === 'offline' && flags.baseUrl !== null,
      '--model offline and --base-url exclude each other',
      'the offline model talks to no server; leave one of them out',
    ],
    [
      flags.answerByMs !== null && flags.timeoutMs !== null && flags.answerByMs >= flags.timeoutMs,
      '--answer-by is not before --timeout, which ends the run without an answer',
      'give --timeout more, for example --answer-by 20s --timeout 30s',
    ],
    [
      flags.jsonl && flags.dryRun,
      '--jsonl and --dry-run exclude each other',
      '--dry-run prints one JSON document; leave --jsonl out',
    ],
    [
      flags.record !== null && flags.replay !== null,
      '--record and --replay exclude each other',
      'a replay asks nobody, so there is nothing to record; leave one of them out',
    ],
    [
      flags.replay !== null && flags.offline,
      '--replay and --offline exclude each other',
      'the recording answers, and needs no network either; leave --offline out',
    ],
    [
      flags.replay !== null && flags.baseUrl !== null,
      '--replay and --base-url exclude each other',
      'the recording answers, no server is asked; leave --base-url out',
    ],
    [
      flags.replay === null && flags.liveTools,
      '--live-tools needs --replay',
      'name the recording: --replay weather.cassette.json --live-tools',
    ],
    [
      flags.replay === null && flags.replaySpeed !== null,
      '--replay-speed needs --replay',
      'name the recording: --replay weather.cassette.json --replay-speed 1',
    ],
  ]
  for (const [applies, message, hint] of conflicts) {
    if (applies) throw conflict(message, hint)
  }
}

export function conflict(message: string, hint: string): AgentError {
  return new AgentError('conflicting-flags', message, { exit: 'usage', hint })
}
