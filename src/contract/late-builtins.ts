/**
 * Modules of Node that many runs never use, or not before the model has been asked: an import would load them
 * with the file, and what they load with them, which is a tenth of a start.
 */

export function childProcess() {
  return process.getBuiltinModule('node:child_process')
}

export function workerThreads() {
  return process.getBuiltinModule('node:worker_threads')
}

export function https() {
  return process.getBuiltinModule('node:https')
}
