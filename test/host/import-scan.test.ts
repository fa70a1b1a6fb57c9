import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scanImports } from '../../src/host/import-scan.ts'
import { toolFolder } from '../sources/tool-folder.ts'

it('finds every form of import, with its line and the file that it means', () => {
  const { path, file } = toolFolder({
    'a.ts': '',
    'b.mts': '',
    'c/index.js': '',
    'd.json': '{}',
    'e.cjs': '',
  })
  const tool = file(
    't.ts',
    `import * as z from 'zod'
import './a'
export { b } from "./b.mjs"
const c = await import( './c' )
import d from './d.json' with { type: 'json' }; const e = require('./e.cjs')
import {
  gone,
} from './gone.ts'
`,
  )
  const [first, ...others] = scanImports(tool)
  expect(first?.imports.map(({ specifier, line, file: found }) => [specifier, line, found])).toEqual([
    ['zod', 1, null],
    ['./a', 2, join(path, 'a.ts')],
    ['./b.mjs', 3, join(path, 'b.mts')],
    ['./c', 4, join(path, 'c/index.js')],
    ['./d.json', 5, join(path, 'd.json')],
    ['./e.cjs', 5, join(path, 'e.cjs')],
    ['./gone.ts', 8, null],
  ])
  expect(others.map(({ file: one }) => one.slice(path.length + 1))).toEqual([
    'a.ts',
    'b.mts',
    'c/index.js',
    'd.json',
    'e.cjs',
  ])
})

it('says which files import what is only known at run time', () => {
  const { file } = toolFolder({ 'b.mjs': 'await import(`./c.mjs`)', 'c.mjs': 'await import("./b.mjs")' })
  const scanned = scanImports(file('a.mjs', 'import "./b.mjs"\nimport "./c.mjs"'))
  expect(scanned.map(({ computes }) => computes)).toEqual([false, true, false])
})

it('follows a circle once, and a link to where it leads', () => {
  const { path, file } = toolFolder({ 'real/b.mjs': 'import "../a.mjs"' })
  const tool = file('a.mjs', 'import "./link/b.mjs"\nimport "./real/b.mjs"')
  symlinkSync(join(path, 'real'), join(path, 'link'))
  expect(scanImports(tool).map(({ file: one }) => one)).toEqual([tool, join(path, 'real/b.mjs')])
})

it('reads a file of many imports in one pass, and none that is not there', () => {
  const { path, file } = toolFolder()
  const text = `import x from 'y'\n`.repeat(20_000)
  expect(scanImports(file('a.mjs', text))[0]?.imports.at(-1)?.line).toBe(20_000)
  expect(scanImports(join(path, 'gone.mjs'))).toEqual([{ file: join(path, 'gone.mjs'), imports: [], computes: false }])
})
