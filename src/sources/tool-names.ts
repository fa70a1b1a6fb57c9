/**
 * What the model may read of a tool: names of the API's pattern, and no text that people do not see.
 * It refuses characters that hide or reorder text, since a model obeys what its user cannot read.
 */
import { AgentError } from '../contract/error.ts'
import type { Tool, ToolDefinition } from '../contract/tool.ts'

const MAX_NAME = 64
/** Zero-width, bidi controls, soft hyphen, fillers, tags, variation selectors. */
const HIDDEN = /\p{Cf}|\p{Default_Ignorable_Code_Point}/u
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/
/** Within an emoji a joiner or a variation selector hides nothing. */
const IN_EMOJI =
  /(?<=\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})\u200d(?=\p{Extended_Pictographic})|(?<=\p{Emoji})\ufe0f/gu

/** `^[A-Za-z0-9_-]{1,64}$`: other characters become `_`, what is too long is cut. */
export function apiName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/gu, '_').slice(0, MAX_NAME)
}

/** How messages say where a tool comes from. */
export function placeOf(tool: Tool | undefined): string {
  return tool?.place ?? tool?.source ?? 'unknown'
}

/**
 * @param place  file or server, for the message
 * @throws       AgentError `hidden-characters` (exit 3)
 */
export function refuseHidden(tool: Pick<ToolDefinition, 'name' | 'description' | 'input_schema'>, place: string): void {
  const texts = [
    ['name', tool.name],
    ['description', tool.description],
    ['schema', JSON.stringify(tool.input_schema)],
  ] as const
  for (const [what, text] of texts) {
    const found = HIDDEN.exec(text.replace(IN_EMOJI, '')) ?? CONTROL.exec(text)
    if (!found) continue
    const code = `U+${(found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    throw new AgentError(
      'hidden-characters',
      `the ${what} of "${apiName(tool.name)}" (${place}) holds the hidden character ${code}`,
      {
        exit: 'config',
        hint: 'take it out: what a model reads, people should see',
      },
    )
  }
}
