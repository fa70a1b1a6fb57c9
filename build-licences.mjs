/**
 * Answers under which terms the bundled packages may be passed on: the text of dist/THIRD_PARTY_LICENSES. A
 * package whose licence is not known to allow it, or that brings no text of it, stops the build.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** They ask for no more than that their text, and a notice where there is one, goes along. */
const PERMISSIVE = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])
/** Code of others within a package that leaves their texts out, which stand in licences/ instead. */
const TAKEN_OVER = {
  '@anthropic-ai/sdk': ['partial-json-parser'],
  '@cfworker/json-schema': ['ajv', 'punycode'],
  '@modelcontextprotocol/client': ['content-type'],
  undici: ['llhttp'],
}
const TEXT = /^(?:licen[cs]es?|copying|notices?|third[-_]?party[-_]?(?:licen[cs]es?|notices?))(?:[-.].*)?$/i

/**
 * @param {string[]} moduleIds  paths of all modules in the bundles; those outside of node_modules are ours
 * @returns {string}            each text once, below the packages that it is of, in the order of their names
 * @throws                      Error that names a package which cannot be passed on
 */
export function thirdPartyLicences(moduleIds) {
  const packages = new Map()
  for (const id of moduleIds) {
    const folder = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]
    if (folder !== undefined) packages.set(folder, [...(packages.get(folder) ?? []), dirname(id)])
  }
  const byText = new Map()
  for (const folder of [...packages.keys()].sort()) {
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (!PERMISSIVE.has(license)) throw new Error(`the licence "${license}" of the bundled ${name} is not a known one`)
    const texts = textsOf(folder, packages.get(folder))
    const add = (title, text) => byText.set(text, [...(byText.get(text) ?? []), title])
    add(`${name} ${version} (${license})`, texts.length > 0 ? texts.join('\n\n') : standardText(name, license, author))
    for (const other of TAKEN_OVER[name] ?? []) {
      add(`${other}, within ${name}`, readText(new URL(`licences/${other}.txt`, import.meta.url)))
    }
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'='.repeat(80)}\n\n`)
}

/** Of the package, and of what it took over from others, whose text lies beside it. */
function textsOf(root, folders) {
  const places = new Set([root])
  for (const folder of folders) {
    for (let place = folder; place.startsWith(root + sep); place = dirname(place)) {
      places.add(place)
      // Some texts stay with the sources that a package brings along.
      places.add(join(root, 'src', place.slice(root.length)))
    }
  }
  const files = [...places].flatMap((place) =>
    filesIn(place)
      .filter((name) => TEXT.test(name))
      .map((name) => join(place, name)),
  )
  return files.map(readText)
}

function readText(file) {
  return readFileSync(file, 'utf8').replaceAll('\r', '').trim()
}

function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))
}

/** For a package that says by whom and under which licence it is, and leaves the text out. */
function standardText(name, license, author) {
  const holder = typeof author === 'string' ? author : author?.name
  if (license !== 'MIT' || holder === undefined) throw new Error(`the bundled ${name} brings no text of its licence`)
  const mit = readText(new URL('LICENSE', import.meta.url))
  return mit.replace(/^Copyright .*$/m, `Copyright (c) ${holder.replace(/\s*<.*/, '')}`)
}
