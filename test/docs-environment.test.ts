/** Every variable that the program reads stands in docs/settings.md, and in the help unless few have use for it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ENVIRONMENT_ROWS } from '../src/help.ts'
import { code, ROOT, table } from './docs-pages.ts'

/** Error codes, signals and methods of HTTP. */
const NO_VARIABLE = /^(E[A-Z]+|SIG[A-Z]+|GET|POST)$/
/** The user's folder, and what Node has defined for itself. */
const OF_OTHERS = ['HOME', 'NODE_COMPILE_CACHE', 'NODE_OPTIONS']
/** Details, which the page alone has. */
const RARE = /^(NODE_DISABLE_COMPILE_CACHE|OPEN_METEO_.*|OTEL_(?!EXPORTER_OTLP_ENDPOINT$).*|TRACESTATE)$/
/** Names variables that it hands on, and reads none. */
const HANDED_ON = 'src/config-environment.ts'

/** Those in quotes or behind a dot, in files which know of an environment. */
function variablesRead(): string[] {
  const files = ['src', 'tools', 'bin'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  const names = files.flatMap((path) => {
    if (!/\.[jt]s$/.test(path) || path === HANDED_ON) return []
    const text = readFileSync(join(ROOT, path), 'utf8')
    if (!/environment|process\.env|OTEL_/.test(text)) return []
    return [...text.matchAll(/'([A-Z][A-Z_]+)'|(?:environment|process\.env)\.([A-Z_]{2,})/g)].map(
      ([, quoted, named]) => quoted ?? named ?? '',
    )
  })
  return [...new Set(names)].filter((name) => !NO_VARIABLE.test(name) && !OF_OTHERS.includes(name)).sort()
}

it('every variable that is read is on the page, and no other', () => {
  const listed = table('Environment').flatMap(([names = '']) => code(names))
  expect(listed.sort()).toEqual(variablesRead())
})

it('every variable of use to many is in the help', () => {
  const listed = ENVIRONMENT_ROWS.flatMap(([names]) => names.match(/[A-Z][A-Z_]+/g) ?? [])
  expect(listed.sort()).toEqual(variablesRead().filter((name) => !RARE.test(name)))
})
