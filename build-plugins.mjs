/** What is changed of packages as they are bundled: what no run needs of them is left out. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Gives the model's client our own `Headers`, and no `FormData`: the platform's load undici, which
 * costs 13 ms of every start and is then not used, as requests go out over node:http. Nor is it given
 * `ReadableStream`, which it looks at for each body: that loads the platform's streams of the web.
 */
export function lightHttp(root) {
  const home = JSON.stringify(join(root, 'src', 'models', 'http-response.ts'))
  return {
    name: 'light-http',
    transform: {
      filter: { id: /[\\/]@anthropic-ai[\\/]sdk[\\/].*\.mjs$/, code: /\b(Headers|FormData|ReadableStream)\b/ },
      handler: (code) => ({
        code: `import { HttpHeaders as Headers } from ${home}\nconst FormData = class {}\n${code.replaceAll('globalThis.ReadableStream', 'undefined')}`,
        map: null,
      }),
    },
  }
}

/**
 * Takes from undici what speaks to a proxy, and leaves fetch, sockets, caches and mocks: its index requires
 * all of them, 220 KB that no run would use.
 */
export function lightProxy() {
  return {
    name: 'light-proxy',
    load: {
      filter: { id: /[\\/]node_modules[\\/]undici[\\/]index\.js$/ },
      handler: () => ({
        code: `import Dispatcher from './lib/dispatcher/dispatcher.js'
import EnvHttpProxyAgent from './lib/dispatcher/env-http-proxy-agent.js'
import api from './lib/api/index.js'
Object.assign(Dispatcher.prototype, api)
export { EnvHttpProxyAgent }`,
        moduleType: 'js',
      }),
    },
  }
}

/**
 * Takes the validator out of the MCP client, which loads it with 165 KB of code and is then given one
 * of ours (src/sources/mcp-client.ts).
 */
export function lightValidation() {
  const shims = '@modelcontextprotocol/client/_shims'
  return {
    name: 'light-validation',
    resolveId: (id) => (id === shims ? `\0${shims}` : null),
    load: (id) =>
      id === `\0${shims}` ? 'export const CORS_IS_POSSIBLE = false\nexport class DefaultJsonSchemaValidator {}' : null,
  }
}

/**
 * Bundles what only a traced run has of the model's client by itself, with a second copy of what both need: in
 * one bundle each start would load, for the first's sake, a fifth more of the client in two files.
 */
export function apartMessages(specifier, file) {
  return {
    name: 'apart-messages',
    resolveId: (id) => (id === specifier ? { id: `../${file}`, external: 'relative' } : null),
  }
}

/** Keeps the model's client from printing: the warning of old models is not ours to pass through to a terminal. */
export function silentResource() {
  return {
    name: 'silent-resource',
    transform: {
      filter: {
        id: /[\\/]@anthropic-ai[\\/]sdk[\\/]resources[\\/]messages[\\/]messages\.mjs$/,
        code: /console\.warn\(/,
      },
      handler: (code) => ({ code: code.replaceAll('console.warn(', 'void ('), map: null }),
    },
  }
}

/**
 * Takes the reading of the environment out of the exporter of traces: what is set there has been read and
 * checked by then (src/config-tracing.ts), and a library's caller may have given another one. And takes the
 * packages as modules: what is required as a whole, metrics and logs too, is three times as much.
 */
export function ownTracingSettings() {
  return {
    name: 'own-tracing-settings',
    resolveId: {
      filter: { id: /^@opentelemetry\// },
      async handler(id, importer, options) {
        const found = await this.resolve(id, importer, { ...options, skipSelf: true })
        const path = found?.id.replace('/build/src/', '/build/esm/')
        return path !== undefined && path !== found.id && existsSync(path) ? { ...found, id: path } : found
      },
    },
    load: {
      filter: { id: /[\\/]otlp-exporter-base[\\/].*[\\/]otlp-node-http-env-configuration\.js$/ },
      handler: () => 'export const getNodeHttpConfigurationFromEnvironment = () => ({})',
    },
  }
}

/**
 * Keeps a package of colours from asking the terminal whether it has any, as soon as it is loaded: with both
 * FORCE_COLOR and NO_COLOR set, Node then warns on stderr. What it colours are logs of execa and symbols of ora
 * that we have no use for.
 */
export function withoutColours() {
  const asks = 'tty?.WriteStream?.prototype?.hasColors?.() ?? false'
  return {
    name: 'without-colours',
    transform: {
      filter: { id: /[\\/]node_modules[\\/]yoctocolors[\\/]base\.js$/ },
      handler: (code) => {
        if (!code.includes(asks)) throw new Error('yoctocolors asks for colours in another way now')
        return { code: code.replace(asks, 'false'), map: null }
      },
    },
  }
}

/** Brings in a file's text as it stands where it is imported with `?raw`, as vite does in the tests. */
export function rawText() {
  return {
    name: 'raw-text',
    resolveId: (id, importer) => (id.endsWith('?raw') ? join(dirname(importer), id) : null),
    load: {
      filter: { id: /\?raw$/ },
      handler: (id) => ({
        code: `export default ${JSON.stringify(readFileSync(id.replace(/\?raw$/, ''), 'utf8'))}`,
        moduleType: 'js',
      }),
    },
  }
}
