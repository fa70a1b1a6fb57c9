/**
 * `agent tools call NAME JSON`: runs one tool by hand, through the same scheduler, policies and
 * permission as a model's call, and prints its output.
 */

import type { CallState } from '../contract/call-record.ts'
import { addToCall, newCall } from '../contract/call-record.ts'
import { cancelReason } from '../contract/cancel-reason.ts'
import type { ExitCode } from '../contract/error.ts'
import { AgentError, EXIT, thrownMessage } from '../contract/error.ts'
import type { EventBody } from '../contract/event.ts'
import type { JsonObject } from '../contract/json.ts'
import { isJsonObject, isTooDeep } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import { permissionOf } from '../contract/permission.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import { sanitize } from '../contract/sanitize.ts'
import type { Tool } from '../contract/tool.ts'
import type { ToolCallRecord } from '../contract/transcript.ts'
import type { AskFlags } from '../flags.ts'
import { openSlots } from '../open-tools.ts'
import { newRunId } from '../run/run-id.ts'
import { MessageGate } from '../schedule/call.ts'
import { Scheduler } from '../schedule/scheduler.ts'
import type { AskContext } from './ask.ts'
import { readStdin } from './question.ts'
import type { ToolsCommand } from './tools-opening.ts'
import { withTools } from './tools-opening.ts'

const CALL_ID = 'toolu_1'

/** @param text  the input as JSON; `-`: it is on stdin */
export function toolsCall(name: string, text: string, flags: AskFlags, context: AskContext): Promise<ExitCode> {
  return withTools(flags, context, async (command) => {
    const { config, streams, json, start, print } = command
    const { interruption } = context
    const input = parseInput(text === '-' ? await interruption.orInterrupted(readStdin()) : text)
    const registry = await interruption.orInterrupted(start(config.tools).registry)
    const tool = registry.find(name)
    if (tool === undefined) {
      const message = `there is no tool ${JSON.stringify(name)}`
      throw new AgentError('unknown-tool', message, { exit: 'usage', hint: registry.explain(name) })
    }
    const { outcome, record } = await callTool(tool, input, command)
    if (json) await print(`${safeJson(redactJson(record, streams.redact), 2)}\n`)
    else if (outcome.status === 'ok') await print(streams.redact(outputText(outcome.output)))
    if (interruption.signal.aborted) throw interruption.signal.reason
    if (outcome.status === 'ok') return EXIT.ok
    streams.error({
      message: `${tool.name}: ${outcome.status.replaceAll('_', ' ')}: ${outcome.error.message}`,
      hint: null,
    })
    return EXIT.tool
  })
}

/** @throws AgentError (exit 2) */
function parseInput(text: string): JsonObject {
  const refuse = (why: string) =>
    new AgentError('bad-input', `the input ${why}`, {
      exit: 'usage',
      hint: `give one JSON object, in quotes: '{"location": "Tokyo"}', or - for stdin`,
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuse(`is no JSON: ${thrownMessage(error)}`)
  }
  if (!isJsonObject(value)) throw refuse('is no JSON object')
  if (isTooDeep(value)) throw refuse('is nested too deep')
  return value
}

async function callTool(
  tool: Tool,
  input: JsonObject,
  { config, streams, context }: ToolsCommand,
): Promise<{ outcome: Outcome; record: ToolCallRecord }> {
  const { clock, interruption } = context
  const ready: EventBody = {
    type: 'call_ready',
    turn: 1,
    call_id: CALL_ID,
    tool: tool.name,
    source: tool.source,
    effect: tool.effect,
    priority: tool.policy.priority ?? 'normal',
    input,
    raw_input: null,
    takes_over: null,
  }
  const stamp = () => ({ seq: 0, at_ms: clock.now() })
  const state: CallState = { record: newCall({ ...stamp(), ...ready }), outcome: null }
  const askConsent = await streams.openConsent()
  const scheduler = new Scheduler({
    runId: newRunId(),
    clock,
    slots: openSlots(1, config.tools.slots),
    emit: (body) => {
      // The stamp is all that EventBody leaves out; what is told of the run and not of the call stands in no record.
      if (body.type === 'call_start' || body.type === 'attempt_end' || body.type === 'call_end')
        addToCall(state, { ...stamp(), ...body })
      else if (body.type === 'limit') streams.notify('warning', body.message)
    },
    explainMissing: () => '',
    permission: (one) => permissionOf(one, config.tools, askConsent),
    onError: 'collect',
  })
  const gate = new MessageGate()
  gate.end('asked')
  const call = scheduler.submit({ id: CALL_ID, turn: 1, name: tool.name, tool, input, rawInput: null }, gate)
  const onAbort = () => call.cancel(cancelReason(interruption.signal.reason))
  if (interruption.signal.aborted) onAbort()
  else interruption.signal.addEventListener('abort', onAbort, { once: true })
  const outcome = await call.done
  interruption.signal.removeEventListener('abort', onAbort)
  return { outcome, record: state.record }
}

/** Text as it is, but for what steers a terminal; anything else as JSON. */
function outputText(output: Extract<Outcome, { status: 'ok' }>['output']): string {
  const text = typeof output === 'string' ? sanitize(output) : safeJson(output, 2)
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
