/**
 * Where the host was built to: dist/, in which its scripts and the shipped tools stand. Threads find the same.
 */
import { dirname, join } from 'node:path'

// The main process starts the host by its path; a tool may change process.argv, but not before this.
const folder = dirname(process.argv[1] ?? '')

/** Absolute path of a script of ours. */
export function builtFile(name: string): string {
  return join(folder, name)
}

export function isBuilt(file: string): boolean {
  return file.startsWith(join(folder, '/'))
}
