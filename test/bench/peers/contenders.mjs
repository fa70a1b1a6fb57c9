/** Who is compared, on which Node, with which packages. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
/** Slower than this is not measured: ten rounds of it would be the whole benchmark. */
const PATIENCE_MS = 60_000

export function manifest(path) {
  return JSON.parse(readFileSync(here(path), 'utf8'))
}

/** The packages that a contender stands on; versions and the Node that they ask for are read from them. */
const SDK = ['../../../node_modules/@anthropic-ai/sdk']
const VERCEL = ['node_modules/ai', 'node_modules/@ai-sdk/anthropic']
const LANGGRAPH = [
  'node_modules/langchain',
  'node_modules/@langchain/langgraph',
  'node_modules/@langchain/core',
  'node_modules/@langchain/anthropic',
]

/** Which Node a path leads to: `{ path, version }`. */
export function nodeAt(path) {
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() }
}

/** The Node for everybody: the one that was named, or a newer one that lies here, or this one. */
export function nodeForAll(named) {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const kept = [24, 26, 22].map((major) =>
    join(
      cache,
      'agent-test-nodes',
      String(major),
      'node_modules',
      `node-${process.platform}-${process.arch}`,
      'bin/node',
    ),
  )
  return nodeAt(named ?? kept.find((path) => existsSync(path)) ?? process.execPath)
}

/** What keeps packages from this Node, or null. Their `engines` are of the form `>=22` or `>=20.19`. */
function refusal(packages, { version }) {
  const [major, minor] = version.slice(1).split('.').map(Number)
  for (const path of packages) {
    const { name, engines } = manifest(`${path}/package.json`)
    const [, least, leastMinor = 0] = /^>=\s*(\d+)(?:\.(\d+))?/.exec(engines?.node ?? '') ?? []
    if (least !== undefined && (major < Number(least) || (major === Number(least) && minor < Number(leastMinor))))
      return `${name} needs Node ${engines.node}`
  }
  return null
}

/** `name version` of everything that is compared. */
export function versions() {
  const packages = ['../../..', ...SDK, ...VERCEL, ...LANGGRAPH]
  return packages.map((path) => manifest(`${path}/package.json`)).map(({ name, version }) => `${name} ${version}`)
}

/**
 * The rows of the tables. Everybody runs on `node`; our command on `oldest` as well.
 *
 * @returns `{ name, node, how, refusal, command(one) }`; `command` gives what a case of cases.mjs wants
 *   as its contender: url to arguments of Node
 */
export function contendersOn(node, oldest) {
  const program = (name, ...args) => {
    return () => (url) => [here(name), url, ...args]
  }
  const ours = ({ contenders }) => contenders.agent
  const list = [
    ['agent', node, [], ours],
    ['agent', oldest, [], ours],
    ['SDK `toolRunner`, `runToolsEagerly`', node, SDK, ({ contenders }) => contenders.sdk],
    ['SDK `toolRunner`', node, SDK, program('../sdk.mjs', 'late')],
    ['Vercel `streamText`', node, VERCEL, program('vercel.mjs')],
    ['LangGraph `createAgent`', node, LANGGRAPH, program('langgraph.mjs')],
    ['LangGraph `createAgent`, `v1`', node, LANGGRAPH, program('langgraph.mjs', 'v1')],
    ['bare loop', node, [], ({ contenders }) => contenders.floor],
  ]
  return list
    .filter(([name, on], index) => list.findIndex((one) => one[0] === name && one[1].version === on.version) === index)
    .map(([name, on, packages, command]) => ({
      name,
      node: on,
      how: { node: on.path, patienceMs: PATIENCE_MS },
      refusal: refusal(packages, on),
      command,
    }))
}
