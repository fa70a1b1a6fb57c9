/** The tables of the pages, and the flags that they name, are those of the program. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readAttachments } from '../src/commands/attachments.ts'
import { readConfigFile } from '../src/config-file.ts'
import { EXIT } from '../src/contract/error.ts'
import { agentEventSchema, runErrorSchema, runStatusSchema } from '../src/contract/event.ts'
import { FAILURES } from '../src/contract/outcome.ts'
import { DEFAULT_TIMEOUT_MS } from '../src/contract/policy.ts'
import { MAX_MESSAGE_BYTES, MAX_RESULT_BYTES } from '../src/contract/tool-result.ts'
import { toolCallSchema, transcriptSchema, turnSchema } from '../src/contract/transcript.ts'
import { MAX_OUTPUT_BYTES } from '../src/host/protocol.ts'
import { MAX_MODEL_ATTEMPTS, MAX_RETRY_AFTER_MS } from '../src/run/limits.ts'
import { folder, load } from './config-rig.ts'
import { code, prose, table, withoutBackticks } from './docs-pages.ts'
import { runAgent } from './rig/run-agent.ts'

const root = join(import.meta.dirname, '..')
const MIB = 1024 * 1024
const PDF = '%PDF-1.7'
const PNG = '\x89PNG\r\n\x1a\n'

type Definition = { name: string; input_schema: { properties?: Record<string, unknown>; required?: string[] } }
const definitions: Definition[] = JSON.parse(readFileSync(join(root, 'dist/tools/definitions.json'), 'utf8'))

function sourceOf(...folders: string[]): string {
  return folders
    .flatMap((name) =>
      readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).map((file) => join(name, file)),
    )
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
}

/** Every command and every command below one, as its words. */
async function commandLines(above: string[] = []): Promise<string[][]> {
  const { stdout } = await runAgent([...above, '--help'])
  const names = [...(/\nCommands:\n([\s\S]*?)(?:\n\n|$)/.exec(stdout)?.[1] ?? '').matchAll(/^ {2}(\w+)/gm)].map(
    ([, name = '']) => name,
  )
  const below = names.filter((name) => name !== 'help').map((name) => commandLines([...above, name]))
  return [above, ...(await Promise.all(below)).flat()]
}

/** Without the arguments of other programs: their flags are not ours. */
function ofAgent(text: string): string {
  return text.replace(/\b(?:jq|git|xargs) [^|\n]*/g, '')
}

describe('the pages', () => {
  it('name no flag that there is not', async () => {
    const helps = await Promise.all((await commandLines()).map((command) => runAgent([...command, '--help'])))
    expect(helps.length).toBeGreaterThan(8)
    const known = new Set(helps.flatMap(({ stdout }) => stdout.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? []))
    const named = new Set(ofAgent(prose()).match(/(?<![\w-])--[a-z][a-z-]*|(?<=`)-[a-z]\b/g))
    expect([...named].filter((flag) => !known.has(flag))).toEqual([])
    expect(named.size).toBeGreaterThan(40)
  })

  it('have the exit codes of the program, in the words of the help', async () => {
    const { stdout } = await runAgent(['--help'])
    const section = /Exit codes:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? ''
    const ofHelp = [...section.matchAll(/(\d+) {2,}(.+?)(?= {3,}|\n|$)/g)].map((match) => [match[1], match[2]])
    const ofPage = table('Exit codes').map((cells) => cells.map(withoutBackticks))
    expect(ofPage).toEqual(ofHelp)
    expect(ofPage.map(([number]) => Number(number))).toEqual(Object.values(EXIT).sort((a, b) => a - b))
  })

  it('list the tools that are shipped, with their parameters', () => {
    const shipped = definitions.map(({ name, input_schema: { properties = {}, required = [] } }) => {
      const parameters = Object.keys(properties).map((key) => (required.includes(key) ? key : `${key}?`))
      return `${name} { ${parameters.join(', ')} }`
    })
    const listed = table('Shipped tools').map(([tool]) => withoutBackticks(tool).replace(/: \[.*?\]/, ''))
    expect(listed.sort()).toEqual(shipped.sort())
  })

  it('say how each tool is made available', async () => {
    const offered = async (...flags: string[]) => {
      const { stdout } = await runAgent(['ask', '--dry-run', ...flags, 'q'])
      const request: { tools: { name: string }[] } = JSON.parse(stdout)
      return request.tools.map(({ name }) => name)
    }
    const always = await offered()
    for (const [tool, , available = ''] of table('Shipped tools')) {
      const name = withoutBackticks(tool).split(' ')[0] ?? ''
      expect([name, always.includes(name)]).toEqual([name, available === 'always'])
      const [flags] = code(available)
      if (flags !== undefined) expect(await offered(...flags.replace('DIR', '.').split(' '))).toContain(name)
    }
  })

  it('have every key of the transcript', () => {
    const call = toolCallSchema.shape
    const shapes = {
      'the document': transcriptSchema.shape,
      error: runErrorSchema.shape,
      'turns[]': turnSchema.shape,
      'turns[].tool_calls[]': call,
      'turns[].tool_calls[].timing': call.timing.shape,
      'turns[].tool_calls[].queued_by': call.queued_by.shape,
      'turns[].tool_calls[].attempts[]': call.attempts.element.shape,
      totals: transcriptSchema.shape.totals.shape,
      usage: transcriptSchema.shape.usage.shape,
      'policy_changes[]': transcriptSchema.shape.policy_changes.element.shape,
    }
    expect(
      Object.fromEntries(table('The transcript').map(([where, keys]) => [withoutBackticks(where), code(keys)])),
    ).toEqual(Object.fromEntries(Object.entries(shapes).map(([where, shape]) => [where, Object.keys(shape)])))
    const [, runs = '', calls = ''] =
      prose().match(/^`status` of a run is ([\s\S]*?)\. `status` of a call is ([\s\S]*?)\.$/m) ?? []
    expect(code(runs)).toEqual(runStatusSchema.options)
    expect(code(calls)).toEqual(['ok', ...FAILURES])
  })

  it('have every event with its keys', () => {
    const common = ['type', 'seq', 'at_ms']
    expect(table('Events').map(([type, , keys]) => [...code(type), ...code(keys).sort()])).toEqual(
      agentEventSchema.options.map(({ shape }) => {
        const keys = Object.keys(shape).filter((key) => !common.includes(key))
        return [shape.type.value, ...keys.sort()]
      }),
    )
  })

  it('name environment variables that are read, and all that the help names', async () => {
    const sources = sourceOf('bin', 'src', 'tools')
    const named = table('Environment').flatMap(([names]) => code(names))
    expect(
      named.filter(
        (name) => !new RegExp(`['"\\[.]${name}\\b`).test(sources.replace(/^export const ENVIRONMENT[\s\S]*?`$/m, '')),
      ),
    ).toEqual([])
    const { stdout } = await runAgent(['--help'])
    const section = /Environment:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? ''
    const ofHelp = [...section.matchAll(/^ {2}(.*?) {2,}/gm)].flatMap(
      ([, names = '']) => names.match(/[A-Z][A-Z_]+/g) ?? [],
    )
    expect(ofHelp.filter((name) => !named.includes(name))).toEqual([])
    expect(ofHelp).toContain('ANTHROPIC_API_KEY')
  })

  it('have every key of the config file, with a value that is accepted', async () => {
    const rows = table('The config file').map(([key, example]) => [code(key)[0], JSON.parse(code(example)[0] ?? '')])
    const path = (text: string) => join(folder({ 'config.json': text }), 'config.json')
    const settings = await readConfigFile(path(JSON.stringify(Object.fromEntries(rows))))
    expect(Object.keys(settings).sort()).toEqual(rows.map(([key]) => key).sort())
    const known = (text: string) =>
      readConfigFile(path(text)).catch(({ hint }) => String(hint).replace('known are ', '').split(', '))
    expect(rows.map(([key]) => key)).toEqual(await known('{ "nope": 1 }'))
    const ofTools = /^Under `tools` stand names or globs; each may have ([\s\S]*?)\.$/m.exec(prose())?.[1]
    expect(code(ofTools)).toEqual(await known('{ "tools": { "x": { "nope": 1 } } }'))
  })

  it('have the limits of the program', async () => {
    const { config } = await load([])
    const files = folder()
    const tooLarge = async (...texts: string[]) => {
      const paths = texts.map((_, index) => join(files, `${texts.join().length}-${index}`))
      for (const [index, text] of texts.entries()) writeFileSync(paths[index] ?? '', text, 'latin1')
      const message = await readAttachments(paths, files).then(String, String)
      return /larger than (\d+ MiB)/.exec(message)?.[1]
    }
    const pad = (start: string, mib: number) => start.padEnd(mib * MIB + 1, ' ')
    const ofFiles = [await tooLarge(pad('', 10)), await tooLarge(pad(PNG, 5)), await tooLarge(pad(PDF, 22))]
    const stdin = await runAgent(['ask', '-'], { stdin: { text: pad('', 10) } })
    const kib = (bytes: number) => `${bytes / 1024} KiB`
    expect(table('Limits').map(([, limit]) => limit)).toEqual([
      ...[
        `${config.concurrency}`,
        `${config.maxTurns}`,
        `${DEFAULT_TIMEOUT_MS / 1000} s`,
        config.timeoutMs === null ? 'none' : '',
      ],
      config.model.maxTokens.toLocaleString('en'),
      ...[config.model.idleTimeoutMs, config.model.messageTimeoutMs].map((ms) => `${ms / 1000} s`),
      ...[`${MAX_MODEL_ATTEMPTS}`, `${MAX_RETRY_AFTER_MS / 1000} s`],
      ...[kib(MAX_OUTPUT_BYTES), kib(MAX_RESULT_BYTES), kib(MAX_MESSAGE_BYTES)],
      /larger than (\d+ MiB)/.exec(stdin.stderr)?.[1],
      ofFiles.join(', '),
      await tooLarge(...[1, 2, 3].map(() => pad('', 9))),
    ])
  })
})
