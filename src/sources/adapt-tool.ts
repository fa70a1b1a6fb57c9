/**
 * A tool as a run calls it: under its name, and treated as is in force. Everything else it does as
 * its source made it; what is in force is decided in tool-settings.ts.
 */
import { declaredPolicy } from '../contract/policy-levels.ts'
import type { Exclusive, Tool } from '../contract/tool.ts'
import type { ToolOverride } from '../contract/tool-override.ts'

/** @param says  all that holds for it; of `exclusive` only what was said over the tool's own words */
export function adaptTool(name: string, tool: Tool, says: ToolOverride): Tool {
  const exclusive = exclusiveOf(tool, says)
  return {
    name,
    description: tool.description,
    input_schema: tool.input_schema,
    effect: says.effect ?? tool.effect,
    keywords: tool.keywords,
    source: tool.source,
    ...(tool.place !== undefined && { place: tool.place }),
    destructive: says.destructive ?? tool.destructive,
    policy: declaredPolicy(says),
    ...(exclusive !== undefined && { exclusive }),
    get slotKind() {
      return tool.slotKind
    },
    // With the adapted tool as `this`, so that the source knows the effect that holds.
    run(input, context) {
      return tool.run.call(this, input, context)
    },
  }
}

function exclusiveOf(tool: Tool, { exclusive }: ToolOverride): Exclusive | undefined {
  if (exclusive === undefined) return tool.exclusive
  return exclusive === false ? undefined : exclusive
}
