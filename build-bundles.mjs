/**
 * The bundles of dist/, code-split and minified: the command, as scripts that a start can have compiled before
 * (bin/load.js); the library, the host's entries and the shipped tools as modules; and what either of them loads
 * from a file of its own.
 */
import { basename, join } from 'node:path'
import { rolldown } from 'rolldown'
import {
  apartMessages,
  lightHttp,
  lightProxy,
  lightValidation,
  ownTracingSettings,
  rawText,
  silentResource,
  withoutColours,
} from './build-plugins.mjs'

const MESSAGES = '@anthropic-ai/sdk/resources/messages'
const MESSAGES_FILE = 'client-messages'

/** @returns the paths of all modules that are in them */
export async function bundle({ root, dist, toolFiles, sourcemap }) {
  const home = { cwd: root, platform: 'node', logLevel: 'warn' }
  const source = (ending) => ({
    ...home,
    // At run time from node_modules: its compiler is 1.5 MB, and few runs have TypeScript tools.
    external: ['jiti'],
    plugins: [
      lightHttp(root),
      lightProxy(),
      lightValidation(),
      apartMessages(MESSAGES, `${MESSAGES_FILE}.${ending}`),
      ownTracingSettings(),
      withoutColours(),
      rawText(),
    ],
  })
  const apart = { ...home, input: { [MESSAGES_FILE]: MESSAGES }, plugins: [lightHttp(root), silentResource()] }
  const all = [
    await write(
      { ...source('cjs'), input: { main: 'src/main.ts' } },
      { dir: dist, sourcemap, ...format('cjs'), codeSplitting: GROUPS },
    ),
    await write(
      { ...source('js'), input: modules(toolFiles) },
      { dir: dist, sourcemap, ...format('esm'), codeSplitting: GROUPS },
    ),
    await write(apart, { dir: dist, sourcemap, ...format('cjs') }),
    await write(apart, { dir: dist, sourcemap, ...format('esm') }),
    await write({ ...source('js'), input: HOST }, { dir: dist, sourcemap, ...format('esm') }),
    await write({ ...home, input: LENT }, { dir: join(dist, 'lent'), sourcemap, format: 'esm', minify: true }),
  ]
  return all.flat()
}

async function write(input, output) {
  const made = await rolldown(input)
  const written = await made.write(output)
  await made.close()
  return written.output.flatMap((chunk) => chunk.moduleIds ?? [])
}

function format(format) {
  const ending = format === 'cjs' ? 'cjs' : 'js'
  return {
    format,
    // The command's loader (bin/load.js) knows `require` only.
    dynamicImportInCjs: false,
    entryFileNames: `[name].${ending}`,
    chunkFileNames: `chunks/[name]-[hash].${ending}`,
    minify: { compress: true, mangle: true, codegen: { removeWhitespace: true } },
  }
}

function modules(toolFiles) {
  return {
    index: 'src/index.ts',
    'check-thread': 'src/sources/check-thread.ts',
    ...Object.fromEntries(toolFiles.map((file) => [`tools/${basename(file, '.ts')}`, `tools/${file}`])),
  }
}

/** Apart from the library, which would cut what both have into files of its own: each is a millisecond of the host's start. */
const HOST = {
  host: 'src/host/entry.ts',
  'host-thread': 'src/host/thread.ts',
  'host-hooks': 'src/host/package-hooks.ts',
}

/**
 * What tool files that have no zod of their own are lent (src/host/package-hooks.ts): zod as one file each,
 * as its hundred files take longer to find than to run. Apart from the other bundles, whose zod is cut down.
 */
const LENT = { zod: 'zod', 'zod-mini': 'zod/mini', 'zod-core': 'zod/v4/core' }

/**
 * What every run loads, whatever it does, in one chunk: a file costs half a millisecond to find and read, and
 * each entry that shares some of these would otherwise split them further. Schemas stay apart: they load zod.
 */
function isCore(id) {
  return (
    /\/src\/contract\/(?!event|trace-context|transcript\.ts|cassette\.ts)/.test(id) ||
    /\/src\/(?:bounded-file|duration|flags|host\/protocol|models\/request-body|sources\/(?:builtin-definitions|installation|tool-paths)|process\/process-tree|commands\/(?:schema-names|shells))\.ts$/.test(
      id,
    ) ||
    /\/src\/reporters\/(?:stderr|output|sink|screen|format|colour)\.ts$/.test(id)
  )
}

/** What asks the API: the model's client without its resources, of which a traced run alone has need. */
function isClient(id) {
  return (
    /[\\/]@anthropic-ai[\\/]sdk[\\/](?!resources[\\/]messages|lib[\\/](?:MessageStream|parser))/.test(id) ||
    /[\\/]node_modules[\\/]@opentelemetry[\\/]api[\\/]/.test(id) ||
    /\/src\/models\/(?:anthropic|answer-fallback|attempt|block-builder|event-stream|fault|http-(?:fetch|response)|message-(?:opening|stream)|messages-client|output-limits|read-body|request-bytes|retry-after|sdk-client|status-fault|watchdog)\.ts$/.test(
      id,
    )
  )
}

/** What each `agent ask` loads besides: of its command line, its settings, its run and its journal. */
function isAsk(id) {
  return (
    /\/src\/(?:flags|program|config|open-(?:run|tools|journal))(?!-(?:file|answer|tracing|schema))[\w-]*\.ts$/.test(
      id,
    ) ||
    /\/src\/help\.ts$|[\\/]node_modules[\\/]commander[\\/]/.test(id) ||
    /\/src\/commands\/(?:ask|closing|failure|printing|question|streams)\.ts$/.test(id) ||
    /\/src\/(?:run|schedule|policies)\/(?!answer-check)/.test(id) ||
    /\/src\/journal\/(?:append|crc32c|durability|journal-file|lock|lock-owner|prune|record|runs-folder|side-file|waiting-lines)\.ts$/.test(
      id,
    ) ||
    /\/src\/models\/open-model\.ts$|\/src\/reporters\/prose\.ts$/.test(id)
  )
}

const GROUPS = {
  groups: [
    { name: 'core', test: isCore, priority: 3 },
    { name: 'client', test: isClient, priority: 2 },
    // What the model's client and that of MCP servers share.
    { name: 'event-parser', test: /[\\/]eventsource-parser[\\/]dist[\\/]index/, priority: 3 },
    { name: 'ask', test: isAsk, priority: 1 },
  ],
}
