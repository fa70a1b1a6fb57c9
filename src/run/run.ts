/**
 * The loop: turn after turn until the model has nothing more to do, or a limit is met. It ends the
 * run in exactly one way, once every call has ended. What a message means is stop-reason.ts's, how
 * long calls are waited for turn-calls.ts's, what the model is told of them results.ts's, and how a
 * run may end limits.ts's.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { RunPolicies } from '../contract/config.ts'
import { appendAssistant } from '../contract/conversation.ts'
import type { EventBody } from '../contract/event.ts'
import type { AssistantMessage, Message, Usage } from '../contract/message.ts'
import { messageText } from '../contract/message.ts'
import type { AnswerForm, Effort, ModelFault, ModelRequest } from '../contract/model.ts'
import { isToolError } from '../contract/outcome.ts'
import type { ToolDefinition } from '../contract/tool.ts'
import type { Call } from '../schedule/call.ts'
import { cancelCalls } from '../schedule/call.ts'
import type { RunFailure } from '../schedule/failure-mode.ts'
import { ANSWER_NOW, openAnswerBy } from './answer-by.ts'
import { failureError } from './failure.ts'
import { runResume, runStart } from './first-event.ts'
import type { RunEnd } from './limits.ts'
import { aborted, endOfFault, failedBy, firstOf, incomplete, outOfTurns, refused, unfitEnd } from './limits.ts'
import { PendingCalls } from './pending-calls.ts'
import type { Restored } from './restored-run.ts'
import { tellResults } from './results.ts'
import { BEGINNING, goOn } from './resume.ts'
import { openRunSignal } from './run-signal.ts'
import { openSpending } from './spending.ts'
import type { Verdict } from './stop-reason.ts'
import { noteOn, verdictOn } from './stop-reason.ts'
import { openStreaks } from './streaks.ts'
import type { Unknown } from './taken-up.ts'
import type { TurnDeps } from './turn.ts'
import type { Patience } from './turn-calls.ts'
import { waitForCalls } from './turn-calls.ts'
import type { TurnEnd } from './turn-retry.ts'
import { askTurn, NOT_BEGUN } from './turn-retry.ts'

export type RunOptions = {
  runId: string
  version: string
  question: string
  messages: Message[]
  system: string
  tools: readonly ToolDefinition[]
  maxTokens: number
  effort: Effort | null
  maxTurns: number
  timeoutMs: number | null
  policies: RunPolicies
  cache: boolean
  failOnToolError: boolean
  /** null: the answer is prose. */
  answer: AnswerForm | null
  /** What the run had come to before it was interrupted; null: it begins. */
  resumed: { restored: Restored; unknown: Unknown } | null
}

export type RunDeps = TurnDeps & {
  /** Writes what is to be kept of the run. @returns how it ends then */
  keep: (end: RunEnd) => Promise<RunEnd>
}

/** Tells the whole run to `deps.emit`, from `run_start` to `run_end`. Rejects only for bugs. */
export async function run(deps: RunDeps, options: RunOptions, outer: AbortSignal): Promise<void> {
  const { clock, model, scheduler } = deps
  const { policies, resumed } = options
  const spending = openSpending(model.name, policies, resumed?.restored.usages ?? [])
  const emit = (event: EventBody) => {
    spending.add(event)
    deps.emit(event)
  }
  const messages = [...(resumed?.restored.messages ?? options.messages)]
  const pending = new PendingCalls()
  const telling = { emit, messages, pending }
  /** Every call that the model is or was told of. */
  const calls: Call[] = []
  let failure: RunFailure | null = null
  /** Of the model's last message; it may be no answer. */
  let text = ''
  /** The model's last message only paused: the next one goes on with it, if nothing comes between. */
  let goesBackAlone = false
  /** The last request is out, or about to be: after it nothing more is asked, whatever comes. */
  let isLast = false

  if (resumed === null) emit(runStart(options, model.name, clock))
  else emit(runResume(options.version, resumed.restored, clock))
  const stopping = openRunSignal(outer, options.timeoutMs, { clock, emit, scheduler })
  const answerBy = openAnswerBy(policies.answerByMs, { clock, emit, scheduler })
  scheduler.onRunFailed((failed) => {
    failure = failed
    if (failed.why !== 'no-new') stopping.abort(failureError(failed))
  })
  const going =
    resumed === null
      ? BEGINNING
      : goOn(resumed.restored, {
          scheduler,
          findTool: deps.findTool,
          emit,
          unknown: resumed.unknown,
          onError: policies.onError,
        })
  failure ??= going.failure
  calls.push(...going.told, ...going.owed)
  pending.add(going.owed)
  const end = await onceCallsEnded(going.end ?? (await loop()))
  answerBy.close()
  stopping.close()
  // What has met its limit while the run went on has said so then.
  if (end.status === 'incomplete' && end.error !== null && end.error.code !== 'answer_by') {
    emit({ type: 'limit', limit: end.error.code, message: end.error.message })
  }
  emit({ type: 'run_end', ...(await deps.keep(toldEnd(end))) })

  async function loop(): Promise<RunEnd> {
    const streaks = openStreaks()
    for (const verdict of resumed?.restored.verdicts ?? []) streaks.add(verdict)
    let paused = resumed?.restored.paused ?? ''
    for (let { turn, asksAgain, given } = going; ; turn += 1) {
      const asked = given === null ? await ask(turn, asksAgain) : { type: 'message' as const, ...given }
      if (asked.type === 'ended') return asked.end
      if (asked.type === 'fault') return afterFault(asked.fault, asked.cut)
      const { message } = asked
      if (given === null) appendAssistant(messages, message)
      given = null
      asksAgain = false
      calls.push(...asked.calls)
      text = paused + messageText(message.content)
      await wait(asked.calls, 'first_end', policies.earlyResultsMs)
      const stopped = stoppedAtOnce()
      if (stopped !== null) return stopped
      const situation = { calls: asked.calls.length, before: paused, pending: !pending.isEmpty }
      const verdict = await checked(verdictOn(message, situation))
      const meanwhile = stoppedAtOnce()
      if (meanwhile !== null) return meanwhile
      if (isLast) return lastEnd(message, verdict)
      if (verdict.type === 'end') return verdict.end
      const tooMany = streaks.add(verdict)
      if (tooMany !== null) return verdict.type === 'again' ? { ...tooMany, answer: said() } : tooMany
      const over = verdict.type === 'unfit' ? overBefore(turn + 1, null) : null
      if (verdict.type === 'unfit' && over !== null)
        return unfitEnd(verdict.reasons, 'and no turn is left', verdict.answer, over.error?.hint)
      if (verdict.type === 'wait') {
        const inVain = overBefore(turn + 1, null)
        if (inVain !== null) return { ...inVain, answer: said() }
        await wait(pending.running, 'now', null)
      }
      paused = verdict.type === 'again' ? text : ''
      // A paused message goes back alone; calls in it were not run and are answered as such.
      goesBackAlone = verdict.type === 'again' && asked.calls.length === 0
      if (goesBackAlone) continue
      const note = answerBy.isOver && verdict.type !== 'unfit' ? null : noteOn(verdict)
      tellResults(telling, turn, asked.calls, note)
    }
  }

  async function checked(verdict: Verdict): Promise<Verdict> {
    if (options.answer === null || verdict.type !== 'end') return verdict
    const { checkedEnd } = await import('./answer-check.ts')
    return checkedEnd(verdict.end, { schema: options.answer.schema, clock, signal: stopping.signal })
  }

  /** Of the message that was to be the last one, whatever it asks for. */
  function lastEnd({ stop_reason }: AssistantMessage, verdict: Verdict): RunEnd {
    if (stop_reason === 'refusal') return refused()
    if (verdict.type === 'unfit')
      return answerBy.end(said(), `what there is does not fit the schema: ${firstOf(verdict.reasons)}`)
    return { ...answerBy.end(said()), structured: verdict.type === 'end' ? verdict.end.structured : null }
  }

  /** @param again  the turn was begun before */
  async function ask(turn: number, again: boolean): Promise<TurnEnd> {
    if (turn > 1) await askForLast(turn - 1)
    const over = overBefore(turn, null)
    if (over !== null) return { type: 'ended', end: over }
    if (!again) emit({ type: 'turn_start', turn })
    const asking = { request: () => request(turn), over: (usage: Usage | null) => overBefore(turn, usage) }
    return await askTurn({ ...deps, emit }, turn, asking, stopping.signal, again ? going.begun : NOT_BEGUN)
  }

  /** How the run ends instead of a request, the first one of the turn or a further one; null: it is sent. */
  function overBefore(turn: number, usage: Usage | null): RunEnd | null {
    const stopped = stoppedAtOnce()
    if (stopped !== null) return stopped
    const met = spending.met(usage)
    if (met !== null) return incomplete(met.code, met.message, said(), met.hint)
    return turn > options.maxTurns && !answerBy.isOver
      ? outOfTurns(options.maxTurns, goesBackAlone ? said() : null)
      : null
  }

  function stoppedAtOnce(): RunEnd | null {
    if (stopping.signal.aborted) return aborted(stopping.reason())
    return failure === null ? null : aborted(failureError(failure))
  }

  /** Once the time to answer is over, the next request is the last one, and holds all results. */
  async function askForLast(turn: number): Promise<void> {
    if (!answerBy.isOver || isLast) return
    isLast = true
    await wait(pending.running, 'now', null)
    if (!goesBackAlone || !pending.isEmpty) tellResults(telling, turn, [], ANSWER_NOW)
  }

  async function request(turn: number): Promise<ModelRequest> {
    await askForLast(turn)
    const { system, tools, maxTokens, effort, cache, answer } = options
    const toolChoice = isLast ? 'none' : 'auto'
    const cached = cache && turn > 1
    return { system, messages, tools, maxTokens, effort, toolChoice, cache: cached, answer, timeLimitMs: null }
  }

  /** @param earlyMs  after which what still runs is left to itself, as long as there is time; null: never */
  function wait(some: readonly Call[], allOptionalFrom: Patience['allOptionalFrom'], earlyMs: number | null) {
    const { optionalGraceMs } = policies
    return waitForCalls(some, { clock, optionalGraceMs, allOptionalFrom, earlyMs, staysAnyway: () => answerBy.isOver })
  }

  function afterFault(fault: ModelFault, cut: AssistantMessage | null): RunEnd {
    if (!isLast) return endOfFault(fault, cut)
    return { ...answerBy.end(said(), `the last message failed: ${fault.message}`), usage: fault.usage }
  }

  /** Whatever ends the run ends its calls, but for those that `no-new` lets finish; an abort may still come. */
  async function onceCallsEnded(end: RunEnd): Promise<RunEnd> {
    const running = calls.filter(({ outcome }) => outcome === null)
    const mayFinish = failure !== null && !stopping.signal.aborted
    if (mayFinish) await wait(running, 'now', null)
    else cancelCalls(running, endReason(end))
    await Promise.all(running.map(({ done }) => done))
    if (running.length === 0 || !stopping.signal.aborted) return end
    return { ...aborted(stopping.reason()), usage: end.usage }
  }

  function said(): string | null {
    return text.trim() === '' ? null : text
  }

  function toldEnd(end: RunEnd): RunEnd {
    const errors = calls.filter(({ outcome }) => outcome !== null && isToolError(outcome.status)).length
    return options.failOnToolError ? failedBy(errors, end) : end
  }
}

function endReason({ error }: RunEnd): CancelReason {
  return new CancelReason(error?.code ?? 'run_ended', error?.message ?? 'the run has ended')
}
