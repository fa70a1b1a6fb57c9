/**
 * The commands that we ship. The model is told of them by what the build wrote down; the code that runs
 * commands is loaded with the first call of one, so that no run pays for it in advance.
 */
import type { Source } from '../contract/source.ts'
import type { Tool } from '../contract/tool.ts'
import type { BuiltinDefinition } from './builtin-definitions.ts'
import type { CommandSource, CommandSourceOptions } from './command.ts'

export type ShippedCommand = Tool & { readonly place: string }

export interface ShippedCommands extends Pick<Source, 'close'> {
  tool(definition: BuiltinDefinition): ShippedCommand
}

export function isManifest({ file }: BuiltinDefinition): boolean {
  return file.endsWith('.tool.json')
}

export function openShippedCommands(options: Omit<CommandSourceOptions, 'manifests'>): ShippedCommands {
  const sources = new Map<string, Promise<CommandSource>>()

  async function open(file: string): Promise<CommandSource> {
    const { openCommandSource } = await import('./command.ts')
    return openCommandSource({ ...options, manifests: [file] })
  }

  function sourceOf(file: string): Promise<CommandSource> {
    const source = sources.get(file) ?? open(file)
    sources.set(file, source)
    return source
  }

  return {
    tool(definition) {
      const { name, file } = definition
      const command: ShippedCommand = {
        name,
        description: definition.description,
        input_schema: definition.input_schema,
        effect: definition.effect,
        keywords: definition.keywords,
        source: 'builtin',
        destructive: definition.destructive,
        policy: definition.policy,
        slotKind: 'command',
        place: file,
        async run(input, context) {
          const tools = await (await sourceOf(file)).tools()
          const tool = tools.find((one) => one.name === name)
          if (tool === undefined) throw new Error(`"${file}" holds no "${name}": a broken installation`)
          return tool.run.call(this, input, context)
        },
      }
      return command
    },
    async close(how) {
      const opened = await Promise.all(sources.values())
      await Promise.all(opened.map((source) => source.close(how)))
    },
  }
}
