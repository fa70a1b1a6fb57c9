/** A folder for tool files that a test writes; it stands where no node_modules is. Removed after each test. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

const PACKAGES = join(import.meta.dirname, '..', '..', 'node_modules')

export type ToolFolder = {
  path: string
  /** @returns the file's absolute path */
  file(name: string, text: string): string
  /** As if the packages were installed in `folder`. */
  install(names: readonly string[], folder?: string): void
}

/** @param files  text by path */
export function toolFolder(files: Readonly<Record<string, string>> = {}): ToolFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'agent-tools-')))
  onTestFinished(() => rmSync(path, { recursive: true }))
  const made: ToolFolder = {
    path,
    file(name, text) {
      mkdirSync(dirname(join(path, name)), { recursive: true })
      writeFileSync(join(path, name), text)
      return join(path, name)
    },
    install(names, folder = '.') {
      for (const name of names) {
        const place = join(path, folder, 'node_modules', name)
        mkdirSync(dirname(place), { recursive: true })
        symlinkSync(join(PACKAGES, name), place)
      }
    },
  }
  for (const [name, text] of Object.entries(files)) made.file(name, text)
  return made
}

/** A tool that takes any object. @param execute  the text of its function */
export function toolText(name: string, execute: string, more = ''): string {
  return `{ name: '${name}', description: 'd', effect: 'read', input_schema: { type: 'object' }, execute: ${execute}, ${more} }`
}
