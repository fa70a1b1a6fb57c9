/** What the compiler says of tool files: of this repository's own, and of a user's with the built package. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const CHECKED = 'test/types/define-tool.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-types-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** @returns the compiler's errors, as `file(line,column): error ...` */
function errors(): Promise<string[]> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', '.'], { cwd: folder }, (_, stdout) => {
      resolve(stdout.split('\n').filter((line) => line.includes('error TS')))
    })
  })
}

describe('the type tests', () => {
  function project(inputOf: string): void {
    cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true })
    for (const name of ['package.json', 'tsconfig.json', CHECKED]) cpSync(join(root, name), join(folder, name))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    file('tsconfig.json', JSON.stringify({ extends: join(root, 'tsconfig.json'), include: [], files: [CHECKED] }))
    const source = join(folder, 'src', 'define-tool.ts')
    const text = readFileSync(source, 'utf8')
    const broken = text.replace(/(export type InputOf<S> = ).*/, `$1${inputOf}`)
    expect(broken).not.toBe(text)
    writeFileSync(source, broken)
  }

  it.each([
    ['any', 9],
    ['S extends StandardSchema<infer Output> ? Partial<Output> : Record<string, unknown>', 2],
  ])('catch an input that is typed as %s', async (inputOf, least) => {
    project(inputOf)
    const found = await errors()
    expect(found.length).toBeGreaterThanOrEqual(least)
    expect(found.filter((line) => !line.startsWith(CHECKED))).toEqual([])
  })
})

describe('a project that has the package installed', () => {
  const tool = (execute: string) => `import { defineTool } from 'agent-ask'
import * as z from 'zod'
export default defineTool({
  name: 'double', description: 'Doubles.', input: z.object({ n: z.number() }),
  execute: ${execute},
})
`
  function project(execute: string, more = ''): void {
    mkdirSync(join(folder, 'node_modules'))
    // As npm leaves them: the package, and what it depends on; the user's own zod is the same.
    for (const name of ['agent-ask', 'zod'])
      symlinkSync(name === 'zod' ? join(root, 'node_modules', 'zod') : root, join(folder, 'node_modules', name))
    file('package.json', '{ "type": "module" }')
    file(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: { strict: true, module: 'nodenext', moduleResolution: 'nodenext', noEmit: true, types: [] },
        files: ['tool.ts', 'main.ts'],
      }),
    )
    file('tool.ts', tool(execute))
    file('main.ts', `import { ask, type Transcript } from 'agent-ask'\n${more}\nexport { ask, type Transcript }\n`)
  }

  it('checks a right use', async () => {
    const more = `const run = ask({ question: 'hi', tools: ['tool.ts'] })
    for await (const event of run.events) if (event.type === 'call_end') event.outcome.status satisfies string
    run.abort('enough')
    const { answer, turns }: Transcript = await run.transcript
    export const shown: [string, number | undefined] = [String(answer), turns[0]?.tool_calls[0]?.timing.queued_ms ?? 0]`
    project('async ({ n }) => n * 2', more)
    expect(await errors()).toEqual([])
  })

  it('finds a wrong one, and where it is', async () => {
    project('async ({ n }) => n.length', `void ask({ question: 'hi', maxTurn: 3 })`)
    expect(await errors()).toEqual([
      expect.stringMatching(/^main\.ts\(2,\d+\): error TS2561: .*'maxTurn' does not exist in type 'AskOptions'/),
      expect.stringMatching(/^tool\.ts\(5,\d+\): error TS2339: Property 'length' does not exist on type 'number'/),
    ])
  })
})
