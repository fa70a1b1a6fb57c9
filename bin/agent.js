#!/usr/bin/env node
'use strict'
// Plain old syntax, so that an old Node can still say that it is too old.

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
  process.stdout.write(`${require('../package.json').version}\n`)
} else {
  require('./load.js').load(
    require('node:path').join(__dirname, '..', 'dist', 'main.cjs'),
    process.env,
    process.argv[2],
  )
}
