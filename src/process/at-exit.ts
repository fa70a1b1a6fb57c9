/**
 * What is to be done in the last moment of this process, in whatever way it ends by itself. One listener for all: a
 * program of somebody else's may have more runs at once than Node finds proper for listeners.
 */
const acts = new Set<() => void>()
let listens = false

/** @returns takes it back */
export function atExit(act: () => void): () => void {
  acts.add(act)
  if (!listens) process.on('exit', doAll)
  listens = true
  return () => acts.delete(act)
}

function doAll(): void {
  for (const act of acts) act()
}
