/**
 * Whether the terms of all that is bundled go along. What is bundled is looked up in source maps, which know it by
 * other means than the build does: each piece of each file that is shipped leads to the file that it came from.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MappedBuild } from '../rig/mapped-build.ts'
import { buildWithMaps } from '../rig/mapped-build.ts'
import { readSourceMap } from '../rig/source-map.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

let build: MappedBuild
let folder: string
let files: string[]
let licences: string

beforeAll(async () => {
  build = await buildWithMaps()
  folder = build.folder
  files = build.files
  licences = readFileSync(join(folder, 'dist', 'THIRD_PARTY_LICENSES'), 'utf8')
}, 120_000)
afterAll(() => build.remove())

const SCRIPT = /\.[cm]?js$/

type Package = { name: string; version: string; license: string }

/** By the folder that they lie in: there may be two versions of one. */
function bundled(): Package[] {
  const folders = maps().flatMap(({ sources }) =>
    sources.flatMap((path) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  )
  return [...new Set(folders.map((path) => path.slice(path.indexOf('node_modules/'))))].map((path) =>
    JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')),
  )
}

function maps() {
  return files
    .filter((file) => /\.[cm]?js\.map$/.test(file))
    .map((file) => readSourceMap(readFileSync(join(folder, 'dist', file), 'utf8')))
}

const LINE = `\n${'='.repeat(80)}\n\n`

/** The lines above a text, which say whose it is. */
function titles(): string[] {
  return licences.split(LINE).flatMap((entry) => (entry.split('\n\n')[0] ?? '').split('\n'))
}

it('there is a map of each file, so that none can hide a package', () => {
  const scripts = files.filter((file) => SCRIPT.test(file))
  expect(scripts.length).toBeGreaterThan(50)
  const unmapped = scripts.filter((file) => !files.includes(`${file}.map`) && !/rolldown-runtime/.test(file))
  // They only pass on what others hold.
  const empty =
    /^(?:import(?:[^"'`;]+from)?"[^"]+";|export\s*\{[^}]*\}(?:from"[^"]+")?;?\s*|export\s*\*\s*from"[^"]+";)*$/
  expect(unmapped.filter((file) => !empty.test(readFileSync(join(folder, 'dist', file), 'utf8')))).toEqual([])
  const shipped = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })
  const plain = (names: string[]) =>
    names.filter((name) => SCRIPT.test(name)).map((name) => basename(name).replace(/-[\w-]{8}(\.c?js)$/, '$1'))
  expect(plain(shipped).sort()).toEqual(plain(files).sort())
})

it('names each bundled package with its version, and nothing that is not bundled', () => {
  const packages = bundled()
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['commander', 'undici', 'zod']))
  const expected = packages.map(({ name, version, license }) => `${name} ${version} (${license})`)
  expect(
    titles()
      .filter((title) => !title.includes(', within '))
      .sort(),
  ).toEqual(expected.sort())
  expect(packages.filter(({ license }) => !PERMISSIVE.includes(license))).toEqual([])
})

it('names what a package took in of another one', () => {
  const taken = new Set(
    maps().flatMap((map) =>
      map.regions().flatMap((region) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(region)?.[1] ?? []),
    ),
  )
  expect([...taken]).toContain('content-type')
  const named = titles().flatMap((title) => /^(\S+), within /.exec(title)?.[1] ?? [])
  expect([...taken].filter((name) => !named.includes(name))).toEqual([])
})

it('holds a text with a holder and a permission for each', () => {
  const entries = licences.split(LINE)
  expect(entries.filter((entry) => !/copyright/i.test(entry) || !/permi(?:t|ssion)/i.test(entry))).toEqual([])
  // Once each: 13 packages have the text of Apache-2.0.
  expect(new Set(entries).size).toBe(entries.length)
})
