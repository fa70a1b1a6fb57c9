/**
 * Two machines on this one: network namespaces on a bridge, each with its address, its sshd with a host key
 * of its own, its home and its key for the API. A host that is killed is gone as one whose power was cut:
 * its link is down, so that no packet says goodbye, and all that ran on it has ended.
 */
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { AGENT } from '../rig/run-agent.ts'
import { ip, quietly } from './namespaces.ts'

export type HostName = 'a' | 'b'
const NAMES: readonly HostName[] = ['a', 'b']

export interface TwoHosts extends Disposable {
  /** Of the bridge: what listens here is reached by both hosts. */
  readonly address: string
  /** For FLEET_SSH. Hosts are called `a` and `b`. */
  readonly ssh: string
  /** What each host exports before it asks. */
  setEnvironment(host: HostName, variables: Record<string, string>): void
  kill(host: HostName): void
  /** What runs on it besides its sshd. */
  running(host: HostName): number[]
}

let opened = 0

/** @param dir  an empty folder, for keys, homes and settings */
export async function openTwoHosts(dir: string): Promise<TwoHosts> {
  opened += 1
  // Names of links have 15 characters at most.
  const tag = `${process.pid.toString(36)}${opened}`
  const bridge = `afb${tag}`
  const network = freeNetwork()
  const namespace = (host: HostName) => `agent-fleet-${tag}${host}`
  const link = (host: HostName) => `afv${tag}${host}`
  const address = (host: HostName) => `${network}.${NAMES.indexOf(host) + 2}`
  const home = (host: HostName) => join(dir, host)
  const daemons: ChildProcess[] = []

  const pids = (host: HostName) => ip('netns', 'pids', namespace(host)).split('\n').filter(Boolean).map(Number)

  function endAll(host: HostName): void {
    for (const pid of pids(host)) quietly(() => process.kill(pid, 'SIGKILL'))
  }

  function close(): void {
    for (const host of NAMES) {
      quietly(() => endAll(host))
      quietly(() => ip('link', 'delete', link(host)))
      quietly(() => ip('netns', 'delete', namespace(host)))
    }
    quietly(() => ip('link', 'delete', bridge))
    for (const daemon of daemons) daemon.kill('SIGKILL')
  }

  try {
    ip('link', 'add', bridge, 'type', 'bridge')
    ip('address', 'add', `${network}.1/24`, 'dev', bridge)
    ip('link', 'set', bridge, 'up')
    makeKey(join(dir, 'user'))
    for (const host of NAMES) {
      const inside = (...args: string[]) => ip('-n', namespace(host), ...args)
      ip('netns', 'add', namespace(host))
      ip('link', 'add', link(host), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace(host))
      ip('link', 'set', link(host), 'master', bridge, 'up')
      inside('address', 'add', `${address(host)}/24`, 'dev', 'eth0')
      inside('link', 'set', 'eth0', 'up')
      inside('link', 'set', 'lo', 'up')
      makeKey(join(dir, `host-${host}`))
      makeHome(home(host))
      writeFileSync(join(dir, `sshd-${host}`), serverSettings(dir, host, address(host)))
      daemons.push(await startServer(namespace(host), join(dir, `sshd-${host}`)))
    }
  } catch (error) {
    close()
    throw error
  }
  const keys = NAMES.map((host) => `${host} ${readFileSync(join(dir, `host-${host}.pub`), 'utf8')}`)
  writeFileSync(join(dir, 'known_hosts'), keys.join(''))
  writeFileSync(join(dir, 'ssh_config'), clientSettings(dir, address))
  return {
    address: `${network}.1`,
    ssh: `ssh -F ${join(dir, 'ssh_config')}`,
    setEnvironment(host, variables) {
      const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`)
      writeFileSync(join(home(host), '.agent-fleet.env'), lines.join(''), { mode: 0o600 })
    },
    kill(host) {
      ip('link', 'set', link(host), 'down')
      endAll(host)
    },
    running: (host) => pids(host).filter((pid) => !daemons.some((daemon) => daemon.pid === pid)),
    [Symbol.dispose]: close,
  }
}

/** Three numbers of an address that no network here has, of those kept for tests of networks (RFC 2544). */
function freeNetwork(): string {
  const taken = ip('-4', 'address')
  for (let number = process.pid % 256; ; number = (number + 1) % 256)
    if (!taken.includes(` 198.18.${number}.`)) return `198.18.${number}`
}

function makeKey(path: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
}

/** With the built command as `agent`. Without tools an answer costs two thirds of the time. */
function makeHome(path: string): void {
  for (const name of ['bin', 'tmp', '.config/agent']) mkdirSync(join(path, name), { recursive: true })
  writeFileSync(join(path, '.config', 'agent', 'config.json'), '{ "builtins": false }')
  const agent = join(path, 'bin', 'agent')
  writeFileSync(agent, `#!/bin/sh\nexec '${process.execPath}' '${AGENT}' "$@"\n`)
  chmodSync(agent, 0o755)
}

function serverSettings(dir: string, host: HostName, address: string): string {
  const home = join(dir, host)
  const path = [join(home, 'bin'), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter)
  return `ListenAddress ${address}
Port 22
HostKey ${join(dir, `host-${host}`)}
AuthorizedKeysFile ${join(dir, 'user.pub')}
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PidFile none
SetEnv HOME=${home} TMPDIR=${join(home, 'tmp')} PATH=${path}
`
}

function clientSettings(dir: string, address: (host: HostName) => string): string {
  const hosts = NAMES.map((host) => `Host ${host}\n  HostName ${address(host)}\n  HostKeyAlias ${host}\n`)
  return `${hosts.join('')}Host *
  User root
  IdentityFile ${join(dir, 'user')}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(dir, 'known_hosts')}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 10
  ServerAliveInterval 3
  ServerAliveCountMax 3
`
}

/** Until it listens. */
function startServer(namespace: string, settings: string): Promise<ChildProcess> {
  // sshd wants its full name, and this folder, which only its package's start script makes.
  const sshd = execFileSync('sh', ['-c', 'command -v sshd'], { encoding: 'utf8' }).trim()
  if (!existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755 })
  const daemon = spawn('ip', ['netns', 'exec', namespace, sshd, '-D', '-e', '-f', settings], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let said = ''
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('Server listening')) resolve(daemon)
    })
    daemon.on('error', reject)
    daemon.on('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)))
  })
}
