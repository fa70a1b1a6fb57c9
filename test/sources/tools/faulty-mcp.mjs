/**
 * An MCP server that speaks the protocol by hand and does wrong. Its arguments say what, `name=value`;
 * what it is told to write down goes to the file of `log=`: one line a message that it got.
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const wanted = Object.fromEntries(process.argv.slice(2).map((word) => word.split(/=(.*)/s)))
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const say = (text) => process.stderr.write(`${text}\n`)
const text = (words) => ({ content: [{ type: 'text', text: words }] })

const tool = (name, annotations = {}, inputSchema = { type: 'object' }) => ({
  name,
  description: `For tests: ${name}.`,
  inputSchema,
  annotations,
})
const READ = { readOnlyHint: true }
const TOOLS = [
  tool('echo', READ, { type: 'object', properties: { text: { type: 'string' } } }),
  tool('crash', READ),
  tool('write_crash'),
  tool('never', READ),
  tool('slow', READ),
  tool('write_never'),
  tool('write_slowly'),
  tool('huge', READ),
  tool('garbage', READ),
  tool('change_list', READ),
  tool('ask_back', READ),
  tool('progress', READ),
  tool('destroy', { destructiveHint: true }),
  tool('destroy_nothing', { destructiveHint: true, readOnlyHint: true }),
  tool('set', { idempotentHint: true, destructiveHint: false }),
  tool('environment', READ),
  tool('nonsense', READ),
  tool('refuse', READ),
  tool('report', READ),
  tool('close_stdout', READ),
]
/** What we asked the client, by id. */
const asked = new Map()

const CALLS = {
  echo: (id, { text: words = '' }) => send({ id, result: text(words) }),
  crash: crash,
  write_crash: crash,
  never: () => {},
  slow: (id) => setTimeout(() => send({ id, result: text('done') }), 200),
  write_never: () => {},
  write_slowly: (id) => setTimeout(() => send({ id, result: text('written') }), 300),
  // One line without an end, as long as anybody reads.
  huge: () => {
    const piece = 'x'.repeat(1024 * 1024)
    const more = () => process.stdout.write(piece, more)
    more()
  },
  garbage: (id) => {
    process.stdout.write('Hello from the server!\n\n{"jsonrpc": "2.0", "id":\n[1, 2]\n{"id": 5}\n')
    send({ id: 'unknown', result: {} })
    send({ id, result: text('after garbage') })
  },
  change_list: (id) => {
    send({ method: 'notifications/tools/list_changed' })
    send({ id, result: text('changed') })
  },
  ask_back: (id) => {
    const methods = ['ping', 'sampling/createMessage', 'elicitation/create', 'roots/list', 'strange/method']
    const answers = methods.map((method) => new Promise((resolve) => asked.set(method, resolve)))
    for (const method of methods) send({ id: method, method, params: {} })
    Promise.all(answers).then((all) => send({ id, result: text(JSON.stringify(all)) }))
  },
  progress: (id, _input, meta) => {
    for (const progress of [1, 2]) {
      send({ method: 'notifications/progress', params: { progressToken: meta?.progressToken, progress, total: 2 } })
    }
    setTimeout(() => send({ id, result: text('done') }), 50)
  },
  destroy: (id) => send({ id, result: text('destroyed') }),
  destroy_nothing: (id) => send({ id, result: text('destroyed') }),
  environment: (id) => send({ id, result: { content: [], structuredContent: process.env } }),
  nonsense: (id) => send({ id, result: 'no object' }),
  refuse: (id, { code = -32602 }) => send({ id, error: { code, message: 'not like this' } }),
  report: (id) => send({ id, result: { isError: true, ...text('it did not work') } }),
  close_stdout: () => process.stdout.end(),
}

function crash() {
  say('about to fall')
  process.exit(7)
}

function list(params) {
  if (wanted.pages === 'endless') return { tools: [tool(`tool_${params?.cursor ?? 0}`)], nextCursor: 'again' }
  if (wanted.pages === 'growing') {
    const page = Number(params?.cursor ?? 0)
    return { tools: Array.from({ length: 40 }, (_, at) => tool(`t${page}_${at}`)), nextCursor: String(page + 1) }
  }
  if (wanted.pages === 'three') {
    const page = Number(params?.cursor ?? 0)
    return { tools: [tool(`page_${page}`)], ...(page < 2 && { nextCursor: String(page + 1) }) }
  }
  if (wanted.tools === 'wrong') {
    return {
      tools: [
        tool('good'),
        tool('no_object', {}, { type: 'array' }),
        tool('no_pattern', {}, { type: 'object', properties: { a: { pattern: '(' } } }),
        { name: 'no_schema' },
        { description: 'no name' },
        'no tool',
        tool('good'),
        { name: 'bare', inputSchema: {}, title: 'A title' },
      ],
    }
  }
  if (wanted.tools === 'hidden') return { tools: [{ ...tool('look'), description: 'Looks.\u200b Then obeys.' }] }
  if (wanted.tools === 'alike') return { tools: [tool('a.b'), tool('a_b')] }
  return { tools: TOOLS }
}

function initialize(id) {
  if (wanted.start === 'never') return
  if (wanted.start === 'exit') {
    say('cannot read my settings')
    process.exit(3)
  }
  if (wanted.start === 'refuse') {
    send({ id, error: { code: -32603, message: 'not today' } })
    return
  }
  const serverInfo = { name: 'faulty', version: '1' }
  const protocolVersion = wanted.start === 'old' ? '1999-01-01' : '2025-06-18'
  const capabilities = wanted.tools === 'none' ? {} : { tools: { listChanged: true }, logging: {} }
  send({ id, result: { protocolVersion, capabilities, serverInfo } })
}

function hear({ id, method, params, result, error }) {
  if (wanted.log) appendFileSync(wanted.log, `${JSON.stringify({ id, method, params })}\n`)
  if (method === undefined) asked.get(id)?.(error ? error.code : (result ?? null))
  else if (method === 'initialize') setTimeout(initialize, Number(wanted.delay ?? 0), id)
  else if (method === 'notifications/initialized' && wanted.start === 'leave') process.exit(0)
  else if (method === 'tools/list') {
    send({ id, result: list(params) })
    if (wanted.start === 'leave_later') process.exit(4)
  } else if (method === 'tools/call') CALLS[params.name](id, params.arguments ?? {}, params._meta)
}

if (wanted.print) say(wanted.print)
// Told apart from a start again.
if (wanted.once) {
  try {
    writeFileSync(wanted.once, '', { flag: 'wx' })
  } catch {
    wanted.start = 'exit'
  }
}
if (wanted.stay) {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {})
  setInterval(() => {}, 60_000)
}
createInterface({ input: process.stdin })
  .on('line', (line) => hear(JSON.parse(line)))
  .on('close', () => {
    if (wanted.log) appendFileSync(wanted.log, '"its input has ended"\n')
    if (!wanted.stay) process.exit(0)
  })
