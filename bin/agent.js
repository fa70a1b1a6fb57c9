#!/usr/bin/env node
// Plain old syntax, so that an old Node can still say that it is too old.
var version = process.versions.node.split('.').map(Number)
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(`agent: Node 20.19 or newer is needed, this is ${process.versions.node}\n`)
  process.exitCode = 2
} else if (process.platform === 'win32') {
  process.stderr.write('agent: Windows is not supported yet\n')
  process.exitCode = 2
} else {
  import('../dist/main.js')
}
