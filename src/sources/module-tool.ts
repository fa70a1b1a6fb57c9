/**
 * A module's tool as the scheduler sees it: what its file declares, and `run`, which hands the call to
 * the host.
 */
import type { Exclusive, Tool } from '../contract/tool.ts'
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
  const hosted: HostedTool = { name, file, wants: 'output', thread }
  const exclusive = exclusiveOf(loaded, file, calls)
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
    ...(exclusive !== null && { exclusive }),
    hosted,
    get slotKind() {
      return hosted.thread ? 'thread' : 'loop'
    },
    /** `this`: the config file may have given the tool another effect (tool-settings.ts). */
    run(input, context) {
      return calls.run(hosted, this.effect, input, context)
    },
  }
}

/** A function is asked in the host, on its loop. It does nothing to the world, so it may be asked again. */
function exclusiveOf({ name, exclusive }: LoadedTool, file: string, calls: HostCalls): Exclusive | null {
  if (exclusive === undefined) return null
  if (exclusive.type === 'own') return true
  if (exclusive.type === 'key') return exclusive.key
  const asked: HostedTool = { name, file, wants: 'key', thread: false }
  return (input, context) => calls.run(asked, 'read', input, context)
}
