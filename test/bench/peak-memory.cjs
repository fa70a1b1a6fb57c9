/** Loaded before the program: writes the process's peak memory in KiB to a file of its own when it ends. */
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { isMainThread } = require('node:worker_threads')

if (isMainThread) {
  process.on('exit', () => {
    writeFileSync(join(process.env.BENCH_MEMORY_FOLDER, String(process.pid)), String(process.resourceUsage().maxRSS))
  })
}
