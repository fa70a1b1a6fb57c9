/**
 * A module's tool as the scheduler sees it: what its file declares, and `run`, which hands the call to
 * the host.
 */
import type { Tool } from '../contract/tool.ts'
import type { LoadedTool } from '../host/protocol.ts'
import type { HostedTool } from './host-call.ts'
import type { HostCalls } from './host-calls.ts'

export type ModuleTool = Tool & { readonly hosted: HostedTool }

export function moduleTool(
  loaded: LoadedTool,
  file: string,
  source: 'builtin' | 'module',
  calls: HostCalls,
): ModuleTool {
  const { name, effect, thread } = loaded
  const hosted: HostedTool = { name, file, thread }
  return {
    name,
    description: loaded.description,
    input_schema: loaded.input_schema,
    effect,
    keywords: loaded.keywords,
    source,
    destructive: loaded.destructive,
    policy: loaded.policy,
    place: file,
    hosted,
    get slotKind() {
      return hosted.thread ? 'thread' : 'loop'
    },
    /** `this`: the config file may have given the tool another effect (registry.ts). */
    run(input, context) {
      return calls.run(hosted, this.effect, input, context)
    },
  }
}
