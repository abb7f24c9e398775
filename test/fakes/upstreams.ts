/**
 * Hosted servers without sandbox and supervisor: real child processes over pipes, or scripted ones in memory.
 * Both speak through the runtime's own connection, so what the gateway meets here is what it meets in the platform.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { PassThrough, Writable } from 'node:stream'
import { AppError } from '../../src/domain/error.ts'
import type { ServerId } from '../../src/domain/id.ts'
import type { Json, JsonObject } from '../../src/domain/json.ts'
import { buildMainKey, renderProcessKey, type ProcessKey } from '../../src/domain/process-key.ts'
import type { ServerTraits } from '../../src/domain/server-traits.ts'
import type { UpstreamConnection, Upstreams } from '../../src/gateway/ports.ts'
import { createConnection, type Connection } from '../../src/runtime/instance/connection.ts'
import { createModernConnection } from '../../src/runtime/instance/modern/modern-connection.ts'
import { systemClock } from '../../src/system/clock.ts'
import { startHandshake, type Initialized } from '../../src/runtime/instance/handshake.ts'

import { SHARED } from './traits.ts'

const LOST = () => new AppError('server_stopped_answering', 'The server exited with code 3.')

function connect(
  server: string,
  streams: { stdin: Writable; stdout: PassThrough | ChildStdout },
  keepsEarly = false,
): Connection {
  return createConnection({
    server,
    daemonGeneration: 1,
    stdin: streams.stdin,
    stdout: streams.stdout,
    adopted: false,
    keepsEarly,
    redactor: null,
    onNoise: () => {},
    onBroken: () => {},
    onDefect: (error) => {
      throw error
    },
  })
}
type ChildStdout = ChildProcessWithoutNullStreams['stdout']

function buildUpstream(
  server: string,
  generation: number,
  connection: Connection,
  { result, protocolVersion }: Pick<Initialized, 'result' | 'protocolVersion'>,
  key: ProcessKey,
): UpstreamConnection {
  return {
    ...connection,
    serverId: idOf(server),
    generation,
    instanceId: `ins_${server}_${generation}`,
    key,
    era: key.era,
    hold: () => () => {},
    isReady: () => true,
    onReady: () => () => {},
    protocolVersion,
    initializeResult: result,
  }
}

export interface ProcessUpstreams extends Upstreams {
  /** Ends the process; `open` then refuses until `start`. */
  stop(name: string): Promise<void>
  /** Lets the next `open` start a process again. */
  start(name: string): void
  close(): Promise<void>
}

type Running = { readonly child: ChildProcessWithoutNullStreams; readonly upstream: UpstreamConnection }

/** Real child processes, initialized as the runtime does it: 2025-11-25, no client capabilities. */
export function createProcessUpstreams(
  commands: Readonly<Record<string, readonly string[]>>,
): ProcessUpstreams {
  const running = new Map<string, Promise<Running>>()
  const stopped = new Set<string>()
  let generation = 0

  const launch = (name: string) =>
    new Promise<Running>((resolve, reject) => {
      const [program = '', ...args] = commands[name] ?? []
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
      child.stderr.resume()
      const connection = connect(name, child)
      child.once('exit', () => {
        running.delete(name)
        connection.close(LOST())
        reject(LOST())
      })
      startHandshake(
        connection,
        { platformVersion: '1', capabilities: '' },
        {
          onReady: (ready) =>
            resolve({
              child,
              upstream: buildUpstream(name, ++generation, connection, ready, buildMainKey('legacy')),
            }),
          onRefused: (detail) => reject(new Error(detail)),
        },
      )
    })

  const stop = async (name: string) => {
    stopped.add(name)
    const known = await running.get(name)
    if (known === undefined) return
    const gone = new Promise((resolve) => known.child.once('exit', resolve))
    known.child.kill('SIGKILL')
    await gone
  }

  return {
    findByName: (name) => (Object.hasOwn(commands, name) ? idOf(name) : null),
    names: () => Object.keys(commands),
    traits: () => SHARED,
    beside: () => null,
    isUnfit: () => false,
    current: () => null,
    release: () => {},
    async open(id) {
      const name = id.slice(4)
      if (stopped.has(name)) throw new AppError('server_not_running', `${name} is stopped`)
      const known = running.get(name) ?? launch(name)
      running.set(name, known)
      return (await known).upstream
    },
    stop,
    start: (name) => void stopped.delete(name),
    async close() {
      await Promise.all(Object.keys(commands).map(stop))
    },
  }
}

/** One request that a scripted server got, and how the test answers it. */
export type Asked = {
  /** The process that was asked. */
  readonly key: ProcessKey
  readonly method: string
  readonly params: JsonObject | undefined
  readonly id: number
  respond(result: JsonObject): void
  fail(code: number, message: string, data?: Json): void
  /** A notification of this process. */
  notify(method: string, params: JsonObject): void
  progress(progress: number): void
  /** The process asks its client something; resolves with the whole response. */
  push(method: string, params?: JsonObject): Promise<JsonObject>
}

export interface MemoryUpstreams extends Upstreams {
  /** Requests that were not answered yet, oldest first. */
  readonly asked: readonly Asked[]
  /** Everything written to the server's stdin. */
  readonly written: readonly JsonObject[]
  /** Keys of the processes that live, in the order of their starts. */
  living(): readonly string[]
  /** Keys that were released. */
  readonly released: readonly string[]
  /** Of the process that was started last, or the one of this key. */
  emit(method: string, params?: JsonObject, key?: string): void
  /** Of the process that was started last: a request of its own; resolves with the whole response. */
  push(method: string, params?: JsonObject, key?: string): Promise<JsonObject>
  /** One raw line on its stdout. */
  print(line: string): void
  /** All processes end. `open` then fails with `refusal`, or starts the next generation. */
  crash(refusal?: AppError): void
  recover(): void
}

const MEMORY_SERVER = 'mem'

/**
 * @param script sees each request; what it does not answer waits in `asked`.
 * @param onStart what a process does before anybody has asked it anything.
 */
export function createMemoryUpstreams(
  initializeResult: JsonObject,
  script: (asked: Asked) => void = () => {},
  traits: ServerTraits = SHARED,
  onStart: (process: Pick<MemoryProcess, 'push'>) => void = () => {},
): MemoryUpstreams {
  const asked: Asked[] = []
  const written: JsonObject[] = []
  const released: string[] = []
  const processes = new Map<string, MemoryProcess>()
  let generation = 0
  let refusal: AppError | null = null

  const launch = (key: ProcessKey): MemoryProcess => {
    const stdout = new PassThrough()
    const pushes = new Map<string, (response: JsonObject) => void>()
    let pushed = 0
    const print = (message: JsonObject) =>
      void stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    const push = (method: string, params?: JsonObject) =>
      new Promise<JsonObject>((resolve) => {
        const id = `push-${pushed++}`
        pushes.set(id, resolve)
        print({ id, method, ...(params === undefined ? {} : { params }) })
      })
    const onMessage = (message: JsonObject) => {
      written.push(message)
      const { id, method, params } = message
      if (method === undefined && typeof id === 'string') return pushes.get(id)?.(message)
      if (typeof id !== 'number' || typeof method !== 'string') return
      const settle = (answer: JsonObject) => {
        const at = asked.indexOf(one)
        if (at >= 0) asked.splice(at, 1)
        print({ id, ...answer })
      }
      const one: Asked = {
        key,
        method,
        params: params as JsonObject | undefined,
        id,
        respond: (result) => settle({ result }),
        fail: (code, text, data) =>
          settle({ error: { code, message: text, ...(data === undefined ? {} : { data }) } }),
        notify: (name, body) => print({ method: name, params: body }),
        progress: (progress) =>
          print({ method: 'notifications/progress', params: { progressToken: id, progress } }),
        push,
      }
      asked.push(one)
      script(one)
    }
    const stdin = new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (const line of chunk.toString().trim().split('\n')) onMessage(JSON.parse(line) as JsonObject)
        done()
      },
    })
    const plain = connect(MEMORY_SERVER, { stdin, stdout }, key.owner !== null)
    const isModern = key.era === 'modern'
    if (isModern) plain.turnModern()
    const capabilities = initializeResult['capabilities'] as JsonObject
    const connection = isModern
      ? createModernConnection(plain, {
          capabilities,
          platformVersion: '1',
          clock: systemClock,
          pings: false,
        })
      : plain
    const protocolVersion = isModern ? '2026-07-28' : '2025-11-25'
    const ready = { result: { ...initializeResult, protocolVersion }, protocolVersion }
    const upstream = buildUpstream(MEMORY_SERVER, ++generation, connection, ready, key)
    const launched = { connection, upstream, print, push, stdout }
    onStart(launched)
    return launched
  }
  const find = (key?: string) => (key === undefined ? [...processes.values()].at(-1) : processes.get(key))

  return {
    asked,
    written,
    released,
    living: () => [...processes.keys()],
    findByName: (name) => (name === MEMORY_SERVER ? idOf(MEMORY_SERVER) : null),
    names: () => [MEMORY_SERVER],
    traits: () => traits,
    beside: () => null,
    isUnfit: () => false,
    current: (_id, key) => processes.get(renderProcessKey(key))?.upstream ?? null,
    release: (_id, key) => {
      const name = renderProcessKey(key)
      released.push(name)
      processes.get(name)?.connection.close(LOST())
      processes.delete(name)
    },
    open(_id, key) {
      if (refusal !== null) return Promise.reject(refusal)
      const name = renderProcessKey(key)
      const known = processes.get(name) ?? launch(key)
      processes.set(name, known)
      return Promise.resolve(known.upstream)
    },
    emit: (method, params, key) => find(key)?.print(params === undefined ? { method } : { method, params }),
    push: (method, params, key) => find(key)?.push(method, params) ?? Promise.reject(new Error('no process')),
    print: (line) => void find()?.stdout.write(`${line}\n`),
    crash(error) {
      refusal = error ?? null
      const ended = [...processes.values()]
      processes.clear()
      asked.length = 0
      for (const { connection } of ended) connection.close(LOST())
    },
    recover() {
      refusal = null
    },
  }
}

type MemoryProcess = {
  readonly connection: Connection
  readonly upstream: UpstreamConnection
  readonly stdout: PassThrough
  readonly print: (message: JsonObject) => void
  readonly push: (method: string, params?: JsonObject) => Promise<JsonObject>
}

export function idOf(name: string): ServerId {
  return `srv_${name}` as ServerId
}
