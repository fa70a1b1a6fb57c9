/**
 * A package registry on loopback, so that npm installs as it would anywhere and no test needs a network:
 * it has the package under test, and whatever lies in node_modules here, packed when it is asked for.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..', '..')

export type Packed = {
  /** Path of the tarball. */
  tarball: string
  /** Bytes. */
  size: number
  files: { path: string; size: number }[]
}

export interface NpmRegistry {
  readonly url: string
  /** What was asked for, by name. */
  readonly asked: readonly string[]
  close(): void
}

/** Settings of npm that belong to this machine and its user are left out of what it is told. */
export function npmEnvironment(home: string, over: Record<string, string> = {}): Record<string, string> {
  const PATH = process.env['PATH'] ?? ''
  return { PATH, HOME: home, npm_config_cache: join(home, '.npm'), npm_config_update_notifier: 'false', ...over }
}

/** `npm pack`, its scripts included only for this repository: others in node_modules are packed as they lie there. */
export async function pack(folder: string, into: string): Promise<Packed> {
  const args = ['pack', folder, '--json', '--loglevel=error', '--pack-destination', into]
  const only = folder === ROOT ? [] : ['--ignore-scripts']
  const { stdout } = await promisify(execFile)('npm', [...args, ...only], { env: npmEnvironment(into), cwd: ROOT })
  // Scripts print before the list does.
  const list: { filename: string; size: number; files: Packed['files'] }[] = JSON.parse(
    stdout.slice(stdout.search(/^\[/m)),
  )
  const [made] = list
  if (made === undefined) throw new Error(`npm packed nothing of ${folder}`)
  return { tarball: join(into, made.filename), size: made.size, files: made.files }
}

/**
 * @param folder  for tarballs
 * @param ours    the package under test
 */
export async function openNpmRegistry(folder: string, ours: Packed): Promise<NpmRegistry> {
  const asked: string[] = []
  const tarballs = new Map<string, string>()
  const packing = new Map<string, Promise<Packed>>([[ROOT, Promise.resolve(ours)]])
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url ?? '').slice(1)
    const tarball = tarballs.get(name)
    if (tarball !== undefined) {
      response.end(readFileSync(tarball))
      return
    }
    asked.push(name)
    versionsOf(name).then(
      (document) => response.end(JSON.stringify(document)),
      (error) => response.writeHead(404).end(JSON.stringify({ error: String(error) })),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address with one.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  async function versionsOf(name: string): Promise<object> {
    const source = name === 'agent-ask' ? ROOT : join(ROOT, 'node_modules', name)
    const manifest: { version: string } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
    const packed = packing.get(source) ?? pack(source, folder)
    packing.set(source, packed)
    const { tarball } = await packed
    const place = `tarballs/${name}.tgz`
    tarballs.set(place, tarball)
    const version = { ...manifest, dist: { tarball: url + place } }
    return { name, 'dist-tags': { latest: manifest.version }, versions: { [manifest.version]: version } }
  }

  return { url, asked, close: () => server.close() }
}
