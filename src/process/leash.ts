/**
 * Ends process groups together with us, however we end. A shell waits for the end of its input, which
 * the system closes even when we are killed and can do nothing any more, and then kills the groups
 * that it was told of. One shell for all of them, started with the first.
 */
import type { Writable } from 'node:stream'
import { childProcess } from '../contract/late-builtins.ts'

export interface Leash {
  /** To be called before a program starts: starting a shell takes a while, and nobody would watch meanwhile. */
  open(): void
  /** From now on the group ends with us. */
  hold(group: number): void
  release(group: number): void
  /** Lets all groups live. */
  close(): void
}

/** `-s KILL --` is the one spelling that every shell takes. */
const WATCH = `groups=" "
while read -r word group; do
  case $word in
    hold) groups="$groups$group " ;;
    release) case $groups in *" $group "*) groups="\${groups%% "$group" *} \${groups#* "$group" }" ;; esac ;;
    close) exit 0 ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done`

export function openLeash(): Leash {
  let opened = false
  // null where it could not be started: then there is no leash, and the programs run all the same.
  let stdin: Writable | null = null
  const tell = (line: string) => void stdin?.write(`${line}\n`)
  return {
    open() {
      if (opened) return
      opened = true
      // A group of its own, so that it survives what ends ours. What it is told before it runs waits in the pipe.
      const watcher = childProcess().spawn('/bin/sh', ['-c', WATCH], {
        detached: true,
        // It starts no program, and is to hold nobody's keys.
        env: {},
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      watcher.on('error', () => {})
      if (watcher.pid === undefined) return
      // One that has ended early hears nothing.
      watcher.stdin.on('error', () => {})
      watcher.unref()
      stdin = watcher.stdin
    },
    hold: (group) => tell(`hold ${group}`),
    release: (group) => tell(`release ${group}`),
    close: () => tell('close'),
  }
}
