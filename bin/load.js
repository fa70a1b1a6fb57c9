'use strict'
/**
 * Runs the built command, whose files are scripts that require one another and modules of Node, and keeps what
 * they were compiled to for the next start, of which compiling is a third. Node's own cache, which there is from 22.8
 * on, keeps less and costs more, and its loader looks for more than there is; whoever sets NODE_COMPILE_CACHE has both.
 *
 * A file of the cache holds the SHA-256 of the compiled code and the code, under the SHA-256 of its source: V8 would
 * run whatever it is given. It refuses what was compiled for another processor or under other flags (a limit of the
 * heap is one), which therefore count as part of the source. The files stand where there is a place for caches that is
 * the user's own: none is made for it.
 */
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const { wrap } = require('node:module')
const { dirname, isAbsolute, join } = require('node:path')
const { Script } = require('node:vm')

const DIGEST_BYTES = 32
const MAX_UNUSED_MS = 30 * 24 * 60 * 60 * 1000
/** Those that have run most of what there is when they end; a file that is kept once stays as it is. */
const WRITERS = ['ask', 'resume']

/** @param path  of its first file; all others are named relative to the one that requires them */
function load(path, environment, command) {
  if (environment.NODE_COMPILE_CACHE !== undefined) {
    require(path)
    return
  }
  const folder = environment.NODE_DISABLE_COMPILE_CACHE === undefined ? folderIn(environment) : null
  const flags = JSON.stringify([process.execArgv, environment.NODE_OPTIONS])
  const loaded = new Map()
  const fresh = []
  process.on('exit', (code) => {
    if (code === 0 && fresh.length > 0 && WRITERS.includes(command)) keep(folder, fresh)
  })
  loadFile(path)

  function loadFile(path) {
    const before = loaded.get(path)
    if (before !== undefined) return before.exports
    const run = compile(path)
    const module = { exports: {} }
    loaded.set(path, module)
    const here = dirname(path)
    const need = (name) => (name.startsWith('.') ? loadFile(join(here, name)) : require(name))
    run.call(module.exports, module.exports, need, module, path, here)
    return module.exports
  }

  function compile(path) {
    const source = fs.readFileSync(path, 'utf8')
    const file = folder === null ? null : join(folder, digest(flags + source).toString('hex'))
    const cachedData = file === null ? undefined : readKept(file)
    const script = new Script(wrap(source), { filename: path, cachedData })
    if (file !== null && (cachedData === undefined || script.cachedDataRejected)) fresh.push({ file, script })
    return script.runInThisContext()
  }
}

/** null: there is no place, or somebody else could have put there what we would run. */
function folderIn(environment) {
  const home = isAbsolute(environment.HOME ?? '') ? join(environment.HOME, '.cache') : null
  const caches = isAbsolute(environment.XDG_CACHE_HOME ?? '') ? environment.XDG_CACHE_HOME : home
  if (caches === null || !isOwn(statOf(fs.statSync, caches))) return null
  let folder = caches
  for (const name of ['agent', 'compiled', `${process.version}-${process.arch}`]) {
    folder = join(folder, name)
    const stats = statOf(fs.lstatSync, folder)
    if (stats !== null && !(stats.isDirectory() && isOwn(stats))) return null
  }
  return folder
}

/** null: there is none. */
function statOf(stat, at) {
  try {
    return stat(at)
  } catch {
    return null
  }
}

/** Nobody else can write to it. */
function isOwn(stats) {
  return stats !== null && stats.uid === process.geteuid() && (stats.mode & 0o022) === 0
}

/** undefined: there is none, or it is damaged or not ours. */
function readKept(file) {
  let kept
  let descriptor = null
  try {
    descriptor = fs.openSync(file)
    if (!isOwn(fs.fstatSync(descriptor))) return undefined
    kept = fs.readFileSync(descriptor)
  } catch {
    return undefined
  } finally {
    if (descriptor !== null) fs.closeSync(descriptor)
  }
  const code = kept.subarray(DIGEST_BYTES)
  return digest(code).equals(kept.subarray(0, DIGEST_BYTES)) ? code : undefined
}

/** Where it cannot be written, the next start compiles again. */
function keep(folder, fresh) {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    removeUnused(folder)
    for (const { file, script } of fresh) {
      const code = script.createCachedData()
      const part = `${file}.${process.pid}`
      fs.writeFileSync(part, Buffer.concat([digest(code), code]), { flag: 'wx', mode: 0o600 })
      fs.renameSync(part, file)
    }
  } catch {}
}

/** Of versions that are no longer there. One that is in use after all is made anew. */
function removeUnused(folder) {
  const before = Date.now() - MAX_UNUSED_MS
  for (const name of fs.readdirSync(folder)) {
    const file = join(folder, name)
    if (fs.statSync(file).mtimeMs < before) fs.rmSync(file)
  }
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest()
}

module.exports = { load }
