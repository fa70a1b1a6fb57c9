/**
 * Runs one program with its arguments, without a shell. Off until the user allows it. Nothing of
 * what it starts outlives the call, programs that leave its process group apart.
 */
import * as z from 'zod'
import { defineTool } from '../src/define-tool.ts'
import { runCommand } from './run-command/run-command.ts'

export default defineTool({
  name: 'run_command',
  description: 'Runs a program and returns its output. No shell: each argument is passed on as it is.',
  input: z.object({
    command: z.array(z.string()).min(1).describe('program and arguments, e.g. ["git", "log", "-5"]'),
  }),
  effect: 'write',
  destructive: true,
  keywords: ['run', 'execute', 'command', 'program'],
  async execute({ command }, { signal }) {
    return runCommand(command, signal)
  },
})
