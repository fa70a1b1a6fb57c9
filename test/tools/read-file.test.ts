/**
 * What a tool may not hand out, however it is asked.
 */
import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_BYTES } from '../../tools/read-file/read-text-file.ts'
import { looksSecret } from '../../tools/read-file/secret-names.ts'
import readFile from '../../tools/read-file.ts'
import { toolContext } from './tool-context.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'read-file-')))
const root = join(folder, 'root')
const rootLink = join(folder, 'root-link')
const socket = createServer()

const read = (path: string, settings = {}) =>
  readFile.execute({ path }, toolContext({ settings: { root, ...settings } }))

beforeAll(async () => {
  for (const path of ['root/sub', 'root/.git', 'root/..names', 'root-twin', 'outside'])
    mkdirSync(join(folder, path), { recursive: true })
  const files = {
    'root/notes.txt': 'héllo\n',
    'root/sub/deep.txt': 'deep',
    'root/..names/odd.txt': 'odd',
    'root/.env': 'KEY=secret',
    'root/.git/config': 'secret',
    'root/server.pem': 'secret',
    'root/-n': 'dash',
    'root-twin/file.txt': 'secret',
    'outside/secret.txt': 'secret',
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
  writeFileSync(join(root, 'nul.txt'), 'a\0b')
  writeFileSync(join(root, 'latin1.txt'), Buffer.from('caf\xe9', 'latin1'))
  writeFileSync(join(root, 'full.txt'), 'a'.repeat(MAX_BYTES))
  writeFileSync(join(root, 'large.txt'), '')
  truncateSync(join(root, 'large.txt'), MAX_BYTES + 1)
  const links = {
    'root/inside-link': 'notes.txt',
    'root/file-link': '../outside/secret.txt',
    'root/folder-link': '../outside',
    'root/absolute-link': '/etc/passwd',
    'root/innocent.txt': '.env',
    'root/readme': '.git/config',
    'root/circle': 'circle',
    'root/nowhere': 'missing.txt',
    'root/outside-nowhere': '../outside/missing.txt',
    'root/device': '/dev/zero',
    'root-link': 'root',
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(folder, path))
  linkSync(join(root, 'notes.txt'), join(root, 'hard-link.txt'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  await new Promise<void>((resolve) => socket.listen(join(root, 'socket'), resolve))
})

afterAll(async () => {
  await new Promise((resolve) => socket.close(resolve))
  rmSync(folder, { recursive: true })
})

describe('read_file', () => {
  it.each([
    ['notes.txt', 'héllo\n', 'notes.txt'],
    ['./sub/../notes.txt', 'héllo\n', 'notes.txt'],
    ['sub/deep.txt', 'deep', 'sub/deep.txt'],
    ['inside-link', 'héllo\n', 'inside-link'],
    ['hard-link.txt', 'héllo\n', 'hard-link.txt'],
    ['-n', 'dash', '-n'],
    [join(root, 'notes.txt'), 'héllo\n', 'notes.txt'],
  ])('reads %s', async (path, text, shown) => {
    expect(await read(path)).toEqual({ path: shown, bytes: Buffer.byteLength(text), text })
  })

  it('takes a root that is a link, by either of its names', async () => {
    for (const path of ['notes.txt', join(rootLink, 'notes.txt'), join(root, 'notes.txt')]) {
      expect(await read(path, { root: rootLink })).toMatchObject({ path: 'notes.txt', text: 'héllo\n' })
    }
  })

  it('reads below the current folder where no root is set', async () => {
    const answer = await readFile.execute({ path: 'package.json' }, toolContext())
    expect(answer).toMatchObject({ text: expect.stringContaining('"agent-ask"') })
  })

  it.each([
    ['missing.txt', 'there is no such file'],
    ['nowhere', 'there is no such file'],
    ['notes.txt/x', 'there is no such file'],
    ['circle', 'go round in a circle'],
    ['sub', 'is a folder'],
    ['', 'is a folder'],
    ['nul.txt', '3 bytes of binary data'],
    ['latin1.txt', '4 bytes of binary data'],
    ['large.txt', `too large: ${MAX_BYTES + 1} bytes`],
  ])('says of "%s": %s', async (path, reason) => {
    await expect(read(path)).rejects.toMatchObject({ message: expect.stringContaining(reason), retryable: false })
  })

  it('reads a file of exactly the limit', async () => {
    expect(await read('full.txt')).toMatchObject({ bytes: MAX_BYTES })
  })
})

describe('S9 read_file stays inside its root', () => {
  it.each([
    '..',
    '../outside/secret.txt',
    'sub/../../outside/secret.txt',
    '../root-twin/file.txt',
    '../root/../outside/secret.txt',
    '/etc/passwd',
    '//etc/passwd',
    join(root, '../outside/secret.txt'),
    join(folder, 'outside/secret.txt'),
    'file-link',
    'folder-link/secret.txt',
    'absolute-link',
    'device',
    '/proc/self/environ',
    '/dev/stdin',
    '../outside/missing.txt',
  ])('%s', async (path) => {
    await expect(read(path)).rejects.toMatchObject({
      message: expect.stringContaining('leads outside the folder'),
      retryable: false,
    })
    await expect(read(path, { allowDotfiles: true })).rejects.toThrow('leads outside the folder')
  })

  it('tells nothing of what is outside by how it refuses', async () => {
    const refused = async (path: string) =>
      String(await Promise.resolve(read(path)).catch((error) => error)).replace(path, '')
    expect(await refused('../outside/secret.txt')).toBe(await refused('../outside/missing.txt'))
  })

  it('is not led astray by a NUL', async () => {
    await expect(read('notes.txt\0.png')).rejects.toThrow('NUL')
  })

  it.each(['..%2foutside%2fsecret.txt', '~/.bashrc', '..\\outside\\secret.txt', 'file:///etc/passwd'])(
    'takes %s literally',
    async (path) => {
      await expect(read(path)).rejects.toThrow(/there is no such file|is hidden/)
    },
  )
})

describe('S9 read_file hands out no secrets', () => {
  it.each([
    '.env',
    './.env',
    '.git/config',
    'server.pem',
    'innocent.txt',
    'readme',
    '..names/odd.txt',
    'sub/.ssh/missing',
  ])('%s, unless the user allows it', async (path) => {
    await expect(read(path)).rejects.toMatchObject({
      message: expect.stringContaining('is hidden or may hold secrets'),
      retryable: false,
    })
  })

  it('hands them out where the user allows it', async () => {
    expect(await read('.env', { allowDotfiles: true })).toMatchObject({ text: 'KEY=secret' })
    expect(await read('server.pem', { allowDotfiles: true })).toMatchObject({ text: 'secret' })
  })

  it.each([
    '.env',
    '.ENV.local',
    '.GIT',
    '.npmrc',
    'prod.env',
    'a.env.local',
    'x.PEM',
    'tls.key',
    'a.p12',
    'id_rsa',
    'ID_ED25519',
    'id_rsa.bak',
    '_netrc',
    'credentials',
    'credentials.json',
    'gcp-service-account-1.json',
  ])('%s looks secret', (name) => {
    expect(looksSecret(name)).toBe(true)
  })

  it.each(['environment.ts', 'id_rsa.pub', 'keyboard.txt', 'key', 'monkey', 'credentials.ts', 'a.b', ''])(
    'and "%s" does not',
    (name) => {
      expect(looksSecret(name)).toBe(false)
    },
  )
})

describe('S9 read_file opens regular files only', () => {
  it('does not wait at a pipe that nobody writes to', async () => {
    await expect(read('pipe')).rejects.toThrow('is no regular file')
  })

  it('nor open a socket', async () => {
    await expect(read('socket')).rejects.toThrow(/cannot be opened|is no regular file/)
  })
})
