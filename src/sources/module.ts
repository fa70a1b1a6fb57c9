/**
 * The source of module tools: files that the user names and the tools that we ship. All of them but the
 * shipped commands (shipped-command.ts) run in one host process, which is forked at once where somebody
 * waits for it, so that its start overlaps ours, else when the first request is on its way; it is started
 * again when it ends before we do. Nothing of the tools is imported here.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../contract/clock.ts'
import type { ToolsConfig } from '../contract/config.ts'
import { unreachable } from '../contract/error.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Source } from '../contract/source.ts'
import type { Tool } from '../contract/tool.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import { type HostOptions, type LoadedTool, MAX_THREADS, THREADS_BEYOND_CORES } from '../host/protocol.ts'
import { builtinDefinitions } from './builtin-definitions.ts'
import { type Disposals, openDisposals } from './disposals.ts'
import { openHostCalls } from './host-calls.ts'
import type { HostMessage } from './host-messages.ts'
import { type HostProcess, startHostProcess } from './host-process.ts'
import { distFolder } from './installation.ts'
import { type ModuleTool, moduleTool } from './module-tool.ts'
import { isManifest, openShippedCommands } from './shipped-command.ts'
import { openToolLoading } from './tool-loading.ts'

export type ModuleSourceOptions = {
  config: ToolsConfig
  /** Module files and description files, absolute, each once. */
  files: readonly string[]
  offline: boolean
  clock: Clock
  notify: Notify
  /** What tools write to stdout and stderr. */
  toolOutput: (chunk: Buffer) => void
  /** null: the run is not traced. */
  trace: TraceContext | null
}

/**
 * With the shipped tools alone, which are known without a host. By then the first request has gone out: forking costs
 * us 10 ms, and where cores are few the host's start takes them from ours. A call that comes earlier starts it.
 */
const START_AFTER_MS = 60
/** After the host is ready; by then the first request is on its way, and its core is free. */
const WARM_UP_MS = 100

export interface ModuleSource extends Source {
  /** Whether closing it lets tools put something away, which takes its time. */
  readonly disposes: boolean
}

export function openModuleSource(options: ModuleSourceOptions): ModuleSource {
  const { config, files, clock, notify, trace } = options
  if (!config.builtins && files.length === 0) {
    return { tools: () => Promise.resolve([]), close: () => Promise.resolve(), disposes: false }
  }
  let host: HostProcess | null = null
  let ready = false
  let closing: Promise<void> | null = null
  let insisted = false
  let cancelStart = () => {}
  let cancelWarmUp = () => {}
  const disposals: Disposals = openDisposals(notify)
  const loading = openToolLoading({ clock, kill: () => host?.kill() })
  const known = new Map<string, ModuleTool>()
  const calls = openHostCalls({
    clock,
    notify,
    traceparentOf: trace === null ? null : (key) => trace.headers(key).traceparent,
    send(message) {
      if (message.type === 'call' && message.wants === 'output') disposals.called(message.file)
      host?.send(message)
    },
    kill: () => host?.kill(),
    needHost,
  })
  const commands = openShippedCommands(options)
  // The offline planner calls at once.
  if (files.length > 0 || options.offline) start()
  else cancelStart = clock.timer(START_AFTER_MS, needHost)

  function needHost(): void {
    if (host === null && closing === null) start()
  }

  function start(): void {
    ready = false
    cancelStart()
    host = startHostProcess(
      {
        script: join(distFolder(), 'host.js'),
        options: hostOptions(options),
        environment: config.environment,
        clock,
        toolOutput: options.toolOutput,
      },
      { message: heard, blocked, free: calls.hostFree, begun: calls.begunInThread, left: disposals.left, ended },
    )
  }

  function blocked(call: number): void {
    calls.hostBlocked(call)
    // Its tools will put nothing away; what `dispose` itself blocks has its time.
    if (closing !== null && !disposals.begun) host?.kill()
  }

  /** A host that is blocked will put nothing away. */
  function disposes(): boolean {
    return host !== null && disposals.expected && !calls.blocked
  }

  function ended(how: string, onLoop: number): void {
    host = null
    disposals.hostEnded(closing !== null && !insisted)
    loading.hostEnded(how)
    const wanted = calls.hostEnded(how, onLoop, ready)
    // One that does not even start is tried again with the next call only.
    if (closing === null && (ready || wanted)) start()
  }

  function heard(message: HostMessage): void {
    switch (message.type) {
      case 'ready':
        ready = true
        calls.hostReady()
        return
      case 'loaded':
      case 'load_failed':
        loading.answered(message)
        return
      case 'returned':
      case 'threw':
        calls.settled(message)
        return
      case 'disposing':
      case 'disposed':
        disposals.heard(message)
        return
      case 'progress':
        calls.progress(message)
        return
      case 'asynchronous': {
        const tool = known.get(keyOf(message.file, message.tool))
        if (tool) tool.hosted.thread = false
        return
      }
      case 'warning':
        notify('warning', message.tool === null ? `a tool: ${message.message}` : `${message.tool}: ${message.message}`)
        return
      case 'pong':
        calls.pong(message.ping)
        return
      default:
        unreachable(message)
    }
  }

  function add(loaded: LoadedTool, file: string, source: 'builtin' | 'module'): ModuleTool {
    const tool = moduleTool(loaded, file, source, calls)
    known.set(keyOf(file, tool.name), tool)
    if (loaded.disposes) disposals.declared(file)
    return tool
  }

  async function named(): Promise<ModuleTool[]> {
    const tools = await loading.load(files, () => {
      if (files.length > 0) host?.send({ type: 'load', files: [...files] })
    })
    return tools.flatMap((inFile, index) => inFile.map((loaded) => add(loaded, files[index] ?? '', 'module')))
  }

  function shipped(): Tool[] {
    if (!config.builtins) return []
    const definitions = builtinDefinitions()
    const wanted = definitions.filter(
      (one) => !isManifest(one) && (config.only === null || config.only.includes(one.name)),
    )
    const files = [...new Set(wanted.map(({ file }) => file))]
    if (files.length > 0) cancelWarmUp = clock.timer(WARM_UP_MS, () => host?.send({ type: 'load', files }))
    return definitions.map((one) => (isManifest(one) ? commands.tool(one) : add(one, one.file, 'builtin')))
  }

  let tools: Promise<Tool[]> | null = null
  return {
    tools() {
      tools ??= named().then((byUser) => [...shipped(), ...byUser])
      return tools
    },
    get disposes() {
      return disposes()
    },
    close(how = { now: false }) {
      cancelStart()
      cancelWarmUp()
      loading.close()
      const waits = disposes() && (!how.now || how.dispose === true)
      insisted = how.now && how.dispose !== true
      const now = !waits && (how.now || calls.blocked)
      calls.close()
      if (now) host?.kill()
      const commandsClosed = commands.close(how)
      closing ??= Promise.all([host?.close(now, waits), commandsClosed]).then(() => {})
      return closing
    },
  }
}

/** Threads of the host, and so the slots of plain functions: a call with a slot never waits for a thread. */
export function maxThreads(chosen: number | null): number {
  return chosen ?? Math.min(MAX_THREADS, availableParallelism() + THREADS_BEYOND_CORES)
}

function hostOptions({ config, offline }: ModuleSourceOptions): HostOptions {
  const { root, allowDotfiles, allowPrivateNetwork, slots } = config
  return { offline, maxThreads: maxThreads(slots.threads), settings: { root, allowDotfiles, allowPrivateNetwork } }
}

function keyOf(file: string, tool: string): string {
  return JSON.stringify([file, tool])
}
