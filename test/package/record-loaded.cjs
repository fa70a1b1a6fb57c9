'use strict'
/** Loaded before the command: writes to the file of RECORD_LOADED what it has loaded when it ends. */
const { writeFileSync } = require('node:fs')
const vm = require('node:vm')

const before = new Set(process.moduleLoadList)
const compiled = []
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    compiled.push(options.filename)
  }
}
process.on('exit', () => {
  const files = [...Object.keys(require.cache).filter((file) => file !== __filename), ...compiled]
  // `NativeModule http`; those under internal/ are Node's own matter.
  const builtins = process.moduleLoadList
    .filter((name) => !before.has(name) && /^NativeModule (?!internal\/)/.test(name))
    .map((name) => name.replace('NativeModule ', ''))
  writeFileSync(process.env.RECORD_LOADED, JSON.stringify({ files, builtins }))
})
