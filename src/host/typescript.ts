/**
 * Loads tool files in TypeScript through jiti, which compiles them and what they import by paths, and
 * leaves packages to Node. The only door to jiti.
 *
 * Nothing is written to disk: jiti would put what it compiles into the user's node_modules or into a
 * folder below /tmp that others can write to, and would run what it finds there. What the host's loop
 * has compiled is handed to its threads in memory: each would take 120 ms for the compiler alone.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import type { Jiti, JitiOptions } from 'jiti'
import { createJiti } from 'jiti'

type Transform = NonNullable<JitiOptions['transform']>

const COMPILED = 'agent-ask:compiled'

// Only this file says it, to threads that are started later.
const known = getEnvironmentData(COMPILED) as Map<string, string> | undefined
const compiled = new Map(known)

/** A file that the compiler cannot read; `file` may be one that a tool file imports. */
class CompileError extends SyntaxError {
  readonly file: string
  readonly line: number
  constructor(message: string, file: string, line: number) {
    super(message)
    this.file = file
    this.line = line
  }
}

let loader: Jiti | null = null

/** @returns the module's exports. Rejects with what the file threw, or a CompileError */
export async function importTypeScript(file: string): Promise<Record<string, unknown>> {
  loader ??= newLoader()
  const exports: unknown = await loader.import(file)
  setEnvironmentData(COMPILED, compiled)
  if (typeof exports !== 'object' || exports === null) return { default: exports }
  // What `module.exports = ...` has set is the default export, as it is for `import`.
  return Object.hasOwn(exports, '__esModule') ? { ...exports } : { default: exports }
}

function newLoader(): Jiti {
  // Also this one, which is made for its compiler alone: jiti makes its folder at once.
  const { transform } = createJiti(import.meta.url, { fsCache: false }).options
  if (!transform) throw new Error('jiti has no transform')
  return createJiti(import.meta.url, {
    fsCache: false,
    tsconfigPaths: false,
    transform: (options) => ({ code: compile(options, transform) }),
  })
}

function compile(options: Parameters<Transform>[0], transform: Transform): string {
  const { source, filename = '', async = false } = options
  const key = JSON.stringify([filename, async, source])
  const done = compiled.get(key)
  if (done !== undefined) return done
  const { code, error } = transform(options)
  if (error !== undefined) throw compileError(error, filename)
  compiled.set(key, code)
  return code
}

/** Babel's: its message begins with the file, ends with `(line:column)`, and a picture of the code follows. */
function compileError(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error
  const [first = ''] = error.message.split('\n')
  const reason = first.replace(/^(?:unknown|\/.*?): /, '')
  const line = Number(/\((\d+):\d+\)$/.exec(reason)?.[1] ?? 1)
  return new CompileError(reason.replace(/\s*\(\d+:\d+\)$/, ''), file, line)
}
