/**
 * Finds the other Nodes that the command promises to run on: paths in AGENT_TEST_NODES, separated by
 * colons, or what .ci/run put into the cache folder. Never the one that runs the tests: all other tests
 * are about that one.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { isExecutable } from './requirement.ts'

const MAJORS = [20, 22, 24, 26]

export type OtherNode = { major: number; path: string | null }

export function otherNodes(): OtherNode[] {
  const own = majorOf(process.version)
  const found = new Map(
    candidates().map((path) => [majorOf(execFileSync(path, ['--version'], { encoding: 'utf8' })), path]),
  )
  return MAJORS.filter((major) => major !== own).map((major) => ({ major, path: found.get(major) ?? null }))
}

function candidates(): string[] {
  const given = process.env['AGENT_TEST_NODES']
  if (given !== undefined) return given.split(delimiter).filter((path) => path !== '')
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'agent-test-nodes')
  return foldersIn(cache).flatMap((major) => {
    const packages = join(cache, major, 'node_modules')
    return foldersIn(packages)
      .map((name) => join(packages, name, 'bin', 'node'))
      .filter(isExecutable)
  })
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** @param version  `v22.23.3` */
function majorOf(version: string): number {
  return Number.parseInt(version.slice(1), 10)
}
