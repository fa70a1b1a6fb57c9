/**
 * Builds dist/: the bundles (build-bundles.mjs), definitions.json, which the host itself makes from the built
 * tools and the manifests of commands complete, so that a run can name them to the model without waiting for a
 * host, the library's types, and what is made of the command line: outline.json for completions, man/agent.1.
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
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { devNull } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { bundle } from './build-bundles.mjs'
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

const declared = declarations()
const moduleIds = await bundle({ root, dist, toolFiles, sourcemap: flags['source-maps'] ?? false })
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

function isStale() {
  const built = join(target, 'tools', 'definitions.json')
  if (!existsSync(built)) return true
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.declarations.json']
  const scripts = ['build.mjs', 'build-bundles.mjs', 'build-plugins.mjs', 'build-licences.mjs']
  const sources = ['src', 'tools', 'licences', ...scripts, ...settings]
  return sources.some((path) => newestIn(join(root, path)) > statSync(built).mtimeMs)
}

function newestIn(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))))
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
  const host = fork(join(dist, 'host.js'), [options], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', openSync(devNull, 'r+')],
  })
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
