/** The command with its stderr in the file that STDERR_FILE names, as `2> file` does. */
import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../../bin/agent.js', import.meta.url))
const stderr = openSync(process.env.STDERR_FILE, 'w')
const { status } = spawnSync(process.execPath, [command, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', stderr],
})
process.exitCode = status ?? 1
