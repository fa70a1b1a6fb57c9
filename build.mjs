/**
 * Builds dist/: the code-split bundle of the command and the library, the host's entries, the shipped
 * tools, definitions.json, which the host itself makes from the built tools and the manifests of commands
 * complete, so that a run can name them to the model without waiting for a host, the library's types, and
 * what is made of the command line: outline.json for completions, man/agent.1.
 *
 * `--if-stale` builds only where a source is newer than dist/: npm asks for that once it has filled node_modules, and
 * before it packs. (Its script `prepare` would do for both, but counts as an install script of the tarball.)
 * `--out DIR` builds another folder than dist/, and `--source-maps` puts a map beside each file: what is in
 * the bundle can then be looked up by other means than those of this file.
 */
import { execFile, fork } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { thirdPartyLicences } from './build-licences.mjs'

const root = fileURLToPath(new URL('.', import.meta.url))
const { values: flags } = parseArgs({
  options: { 'if-stale': { type: 'boolean' }, out: { type: 'string' }, 'source-maps': { type: 'boolean' } },
})
const target = resolve(flags.out ?? join(root, 'dist'))
// Written beside its place and swapped in when whole: a command that runs meanwhile finds one of the two.
const dist = `${target}.${process.pid}`
if (flags['if-stale'] && !isStale()) process.exit()
process.on('exit', () => rmSync(dist, { recursive: true, force: true }))
const toolFiles = readdirSync(join(root, 'tools')).filter((file) => file.endsWith('.ts'))
const manifests = readdirSync(join(root, 'tools')).filter((file) => file.endsWith('.tool.json'))

const entries = {
  main: 'src/main.ts',
  index: 'src/index.ts',
  host: 'src/host/entry.ts',
  'host-thread': 'src/host/thread.ts',
  'host-watchdog': 'src/host/watchdog.ts',
  'check-thread': 'src/sources/check-thread.ts',
  'host-hooks': 'src/host/package-hooks.ts',
  ...Object.fromEntries(toolFiles.map((file) => [`tools/${basename(file, '.ts')}`, `tools/${file}`])),
}

const MESSAGES = '@anthropic-ai/sdk/resources/messages'
const MESSAGES_FILE = 'client-messages'

const declared = declarations()
const bundle = await rolldown({
  cwd: root,
  input: entries,
  platform: 'node',
  // At run time from node_modules: its compiler is 1.5 MB, and few runs have TypeScript tools.
  external: ['jiti'],
  logLevel: 'warn',
  plugins: [lightHttp(), lightProxy(), lightValidation(), apartMessages(), ownTracingSettings(), rawText()],
})
const sourcemap = flags['source-maps'] ?? false
const written = await bundle.write({
  dir: dist,
  sourcemap,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  codeSplitting: {
    groups: [
      { name: 'core', test: isCore, priority: 3 },
      { name: 'client', test: isClient, priority: 2 },
      { name: 'ask', test: isAsk, priority: 1 },
    ],
  },
  minify: { compress: true, mangle: true, codegen: { removeWhitespace: true } },
})
await bundle.close()
const apart = await rolldown({
  cwd: root,
  input: { [MESSAGES_FILE]: MESSAGES },
  platform: 'node',
  logLevel: 'warn',
  plugins: [lightHttp(), silentResource()],
})
const apartWritten = await apart.write({ dir: dist, sourcemap, format: 'esm', minify: true })
await apart.close()
const lent = await rolldown({ cwd: root, input: lentPackages(), platform: 'node', logLevel: 'warn' })
const lentWritten = await lent.write({ dir: join(dist, 'lent'), sourcemap, format: 'esm', minify: true })
await lent.close()
const moduleIds = [written, apartWritten, lentWritten].flatMap(({ output }) =>
  output.flatMap((chunk) => chunk.moduleIds ?? []),
)
writeFileSync(join(dist, 'THIRD_PARTY_LICENSES'), thirdPartyLicences(moduleIds))
for (const file of manifests) copyFileSync(join(root, 'tools', file), join(dist, 'tools', file))
const shipped = [...(await definitions()), ...manifests.map(commandDefinition)]
writeFileSync(join(dist, 'tools', 'definitions.json'), JSON.stringify(shipped, null, 1))
await describeProgram()
await declared
const former = `${dist}.former`
if (existsSync(target)) renameSync(target, former)
renameSync(dist, target)
rmSync(former, { recursive: true, force: true })

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
    /[\\/]node_modules[\\/](?:eventsource-parser[\\/]dist[\\/]index|@opentelemetry[\\/]api[\\/])/.test(id) ||
    /\/src\/models\/(?:anthropic|answer-fallback|attempt|block-builder|event-stream|fault|http-(?:fetch|response)|message-(?:opening|stream)|messages-client|output-limits|read-body|request-bytes|retry-after|status-fault|watchdog)\.ts$/.test(
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
    /\/src\/journal\/(?:append|crc32c|durability|journal-file|lock|lock-owner|prune|record|runs-folder|side-file)\.ts$/.test(
      id,
    ) ||
    /\/src\/models\/open-model\.ts$|\/src\/reporters\/prose\.ts$/.test(id)
  )
}

function isStale() {
  const built = join(target, 'tools', 'definitions.json')
  if (!existsSync(built)) return true
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.declarations.json']
  const sources = ['src', 'tools', 'build.mjs', 'build-licences.mjs', 'licences', ...settings]
  return sources.some((path) => newestIn(join(root, path)) > statSync(built).mtimeMs)
}

function newestIn(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))))
}

/**
 * What tool files that have no zod of their own are lent (src/host/package-hooks.ts): zod as one file each,
 * as its hundred files take longer to find than to run. Apart from the other bundle, whose zod is cut down.
 */
function lentPackages() {
  return { zod: 'zod', 'zod-mini': 'zod/mini', 'zod-core': 'zod/v4/core' }
}

/**
 * Gives the model's client our own `Headers`, and no `FormData`: the platform's load undici, which
 * costs 13 ms of every start and is then not used, as requests go out over node:http. Nor is it given
 * `ReadableStream`, which it looks at for each body: that loads the platform's streams of the web.
 */
function lightHttp() {
  const home = JSON.stringify(join(root, 'src', 'models', 'http-response.ts'))
  return {
    name: 'light-http',
    transform: {
      filter: { id: /[\\/]@anthropic-ai[\\/]sdk[\\/].*\.mjs$/, code: /\b(Headers|FormData|ReadableStream)\b/ },
      handler: (code) => ({
        code: `import { HttpHeaders as Headers } from ${home}\nconst FormData = class {}\n${code.replaceAll('globalThis.ReadableStream', 'undefined')}`,
        map: null,
      }),
    },
  }
}

/**
 * Takes from undici what speaks to a proxy, and leaves fetch, sockets, caches and mocks: its index requires
 * all of them, 220 KB that no run would use.
 */
function lightProxy() {
  return {
    name: 'light-proxy',
    load: {
      filter: { id: /[\\/]node_modules[\\/]undici[\\/]index\.js$/ },
      handler: () => ({
        code: `import Dispatcher from './lib/dispatcher/dispatcher.js'
import EnvHttpProxyAgent from './lib/dispatcher/env-http-proxy-agent.js'
import api from './lib/api/index.js'
Object.assign(Dispatcher.prototype, api)
export { EnvHttpProxyAgent }`,
        moduleType: 'js',
      }),
    },
  }
}

/**
 * Takes the validator out of the MCP client, which loads it with 165 KB of code and is then given one
 * of ours (src/sources/mcp-client.ts).
 */
function lightValidation() {
  const shims = '@modelcontextprotocol/client/_shims'
  return {
    name: 'light-validation',
    resolveId: (id) => (id === shims ? `\0${shims}` : null),
    load: (id) =>
      id === `\0${shims}` ? 'export const CORS_IS_POSSIBLE = false\nexport class DefaultJsonSchemaValidator {}' : null,
  }
}

/**
 * Bundles what only a traced run has of the model's client by itself, with a second copy of what both need: in
 * one bundle each start would load, for the first's sake, a fifth more of the client in two files.
 */
function apartMessages() {
  return {
    name: 'apart-messages',
    resolveId: (id) => (id === MESSAGES ? { id: `../${MESSAGES_FILE}.js`, external: 'relative' } : null),
  }
}

/** Keeps the model's client from printing: the warning of old models is not ours to pass through to a terminal. */
function silentResource() {
  return {
    name: 'silent-resource',
    transform: {
      filter: {
        id: /[\\/]@anthropic-ai[\\/]sdk[\\/]resources[\\/]messages[\\/]messages\.mjs$/,
        code: /console\.warn\(/,
      },
      handler: (code) => ({ code: code.replaceAll('console.warn(', 'void ('), map: null }),
    },
  }
}

/**
 * Takes the reading of the environment out of the exporter of traces: what is set there has been read and
 * checked by then (src/config-tracing.ts), and a library's caller may have given another one. And takes the
 * packages as modules: what is required as a whole, metrics and logs too, is three times as much.
 */
function ownTracingSettings() {
  return {
    name: 'own-tracing-settings',
    resolveId: {
      filter: { id: /^@opentelemetry\// },
      async handler(id, importer, options) {
        const found = await this.resolve(id, importer, { ...options, skipSelf: true })
        const path = found?.id.replace('/build/src/', '/build/esm/')
        return path !== undefined && path !== found.id && existsSync(path) ? { ...found, id: path } : found
      },
    },
    load: {
      filter: { id: /[\\/]otlp-exporter-base[\\/].*[\\/]otlp-node-http-env-configuration\.js$/ },
      handler: () => 'export const getNodeHttpConfigurationFromEnvironment = () => ({})',
    },
  }
}

/** Brings in a file's text as it stands where it is imported with `?raw`, as vite does in the tests. */
function rawText() {
  return {
    name: 'raw-text',
    resolveId: (id, importer) => (id.endsWith('?raw') ? join(dirname(importer), id) : null),
    load: {
      filter: { id: /\?raw$/ },
      handler: (id) => ({
        code: `export default ${JSON.stringify(readFileSync(id.replace(/\?raw$/, ''), 'utf8'))}`,
        moduleType: 'js',
      }),
    },
  }
}

/**
 * The commands and options as data, so that a Tab waits for no command line to be put together, and the manual
 * page. They come from the program itself, bundled once more: an entry of the bundle would be shipped as well.
 */
async function describeProgram() {
  const folder = join(dist, 'described')
  const program = await rolldown({ cwd: root, input: 'src/program-manual.ts', platform: 'node', logLevel: 'warn' })
  await program.write({ dir: folder, format: 'esm', entryFileNames: 'program.js' })
  await program.close()
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { describeProgram: describe } = await import(pathToFileURL(join(folder, 'program.js')).href)
  const { outline, manual } = describe(version)
  writeFileSync(join(dist, 'outline.json'), outline)
  mkdirSync(join(dist, 'man'))
  writeFileSync(join(dist, 'man', 'agent.1'), manual)
  rmSync(folder, { recursive: true })
}

/**
 * The types of src/index.ts, and of what they name, in dist/types. The compiler writes those of the whole
 * program, which `npm run types` checks; it takes 1 s, beside the bundler.
 */
async function declarations() {
  const folder = join(dist, 'declarations')
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const project = join(root, 'tsconfig.declarations.json')
  await promisify(execFile)(process.execPath, [compiler, '-p', project, '--outDir', folder])
  const reached = new Set([join(folder, 'src', 'index.d.ts')])
  for (const file of reached) {
    const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.ts['"]/g)
    for (const [, path] of imports) reached.add(join(dirname(file), `${path}.d.ts`))
  }
  for (const file of reached) cpSync(file, join(dist, 'types', relative(join(folder, 'src'), file)))
  rmSync(folder, { recursive: true })
}

/** @returns {Promise<object[]>} what the host says of every shipped tool, with its file's name */
function definitions() {
  const files = toolFiles.map((file) => join(dist, 'tools', `${basename(file, '.ts')}.js`))
  const settings = { root: null, allowDotfiles: false, allowPrivateNetwork: false }
  const options = JSON.stringify({ offline: true, maxThreads: 1, settings })
  const host = fork(join(dist, 'host.js'), [options], { stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'] })
  const found = new Map()
  return new Promise((resolve, reject) => {
    host.on('error', reject)
    host.on('exit', (code) => reject(new Error(`the host left with ${code} before it had loaded the shipped tools`)))
    host.on('message', (batch) => {
      for (const message of batch) {
        if (message.type === 'load_failed') reject(new Error(`${message.file}: ${message.error.message}`))
        if (message.type === 'loaded') {
          found.set(
            message.file,
            message.tools.map((tool) => ({ ...tool, file: basename(message.file) })),
          )
        }
      }
      if (found.size < files.length) return
      resolve(files.flatMap((file) => found.get(file)))
      host.removeAllListeners('exit')
      host.kill('SIGKILL')
    })
    host.send([{ type: 'load', files }])
  })
}

/** What a manifest says of itself. Its mistakes are found by its test, which reads it as any other one. */
function commandDefinition(file) {
  const manifest = JSON.parse(readFileSync(join(root, 'tools', file), 'utf8'))
  const { name, description, input_schema } = manifest
  const { effect = 'write', destructive = false, policy = {}, keywords = [] } = manifest
  return { name, description, input_schema, effect, destructive, policy, keywords, thread: false, file }
}
