#!/usr/bin/env node
// Plain old syntax, so that an old Node can still say that it is too old.
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { isAbsolute, join } from 'node:path'

var version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(`agent: Node 20.19 or newer is needed, this is ${process.versions.node}\n`)
  process.exitCode = 2
} else if (process.platform === 'win32') {
  process.stderr.write('agent: Windows is not supported yet\n')
  process.exitCode = 2
} else if (process.argv.length === 3 && /^(--version|-V)$/.test(process.argv[2])) {
  // Asked for so often by scripts that it loads nothing else; program.ts knows it among other options.
  process.stdout.on('error', (error) => {
    process.exitCode = error.code === 'EPIPE' ? 141 : 12
  })
  process.stdout.write(`${JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version}\n`)
} else {
  keepCompiled()
  import('../dist/main.js')
}

/**
 * From Node 22.8 on, what the first run has compiled is kept for the next ones, where there is a place for caches:
 * none is made for it. Whoever sets NODE_COMPILE_CACHE or NODE_DISABLE_COMPILE_CACHE has the last word.
 */
function keepCompiled() {
  if (module.enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE !== undefined) return
  var caches = process.env.XDG_CACHE_HOME || ''
  var home = process.env.HOME || ''
  if (!isAbsolute(caches)) caches = isAbsolute(home) ? join(home, '.cache') : null
  if (caches !== null && existsSync(caches)) module.enableCompileCache(join(caches, 'agent', 'compiled'))
}
