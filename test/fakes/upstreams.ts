/**
 * Hosted servers without sandbox and supervisor: real child processes over pipes, or scripted ones in memory.
 * Both speak through the runtime's own connection, so what the gateway meets here is what it meets in the platform.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { PassThrough, Writable } from 'node:stream'
import { AppError } from '../../src/domain/error.ts'
import type { ServerId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { UpstreamConnection, Upstreams } from '../../src/gateway/ports.ts'
import { createConnection, type Connection } from '../../src/runtime/instance/connection.ts'
import { startHandshake, type Initialized } from '../../src/runtime/instance/handshake.ts'

const LOST = () => new AppError('server_stopped_answering', 'The server exited with code 3.')

function connect(
  server: string,
  streams: { stdin: Writable; stdout: PassThrough | ChildStdout },
): Connection {
  return createConnection({
    server,
    daemonGeneration: 1,
    stdin: streams.stdin,
    stdout: streams.stdout,
    adopted: false,
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
): UpstreamConnection {
  return { ...connection, serverId: idOf(server), generation, protocolVersion, initializeResult: result }
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
      startHandshake(connection, '1', {
        onReady: (ready) =>
          resolve({ child, upstream: buildUpstream(name, ++generation, connection, ready) }),
        onRefused: (detail) => reject(new Error(detail)),
      })
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
  readonly method: string
  readonly params: JsonObject | undefined
  readonly id: number
  respond(result: JsonObject): void
  fail(code: number, message: string): void
  progress(progress: number): void
}

export interface MemoryUpstreams extends Upstreams {
  /** Requests that were not answered yet, oldest first. */
  readonly asked: readonly Asked[]
  /** Everything written to the server's stdin. */
  readonly written: readonly JsonObject[]
  emit(method: string, params?: JsonObject): void
  /** One raw line on its stdout. */
  print(line: string): void
  /** The process ends. `open` then fails with `refusal`, or starts the next generation. */
  crash(refusal?: AppError): void
  recover(): void
}

const MEMORY_SERVER = 'mem'

/** @param script sees each request; what it does not answer waits in `asked`. */
export function createMemoryUpstreams(
  initializeResult: JsonObject,
  script: (asked: Asked) => void = () => {},
): MemoryUpstreams {
  const asked: Asked[] = []
  const written: JsonObject[] = []
  let generation = 0
  let refusal: AppError | null = null
  let current: { connection: Connection; upstream: UpstreamConnection; stdout: PassThrough } | null = null

  const onMessage = (message: JsonObject, print: (answer: JsonObject) => void) => {
    written.push(message)
    const { id, method, params } = message
    if (typeof id !== 'number' || typeof method !== 'string') return
    const settle = (answer: JsonObject) => {
      asked.splice(asked.indexOf(one), 1)
      print({ id, ...answer })
    }
    const one: Asked = {
      method,
      params: params as JsonObject | undefined,
      id,
      respond: (result) => settle({ result }),
      fail: (code, text) => settle({ error: { code, message: text } }),
      progress: (progress) =>
        print({ method: 'notifications/progress', params: { progressToken: id, progress } }),
    }
    asked.push(one)
    script(one)
  }

  const launch = () => {
    const stdout = new PassThrough()
    const print = (message: JsonObject) =>
      void stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    const stdin = new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (const line of chunk.toString().trim().split('\n')) {
          onMessage(JSON.parse(line) as JsonObject, print)
        }
        done()
      },
    })
    const connection = connect(MEMORY_SERVER, { stdin, stdout })
    const ready = { result: initializeResult, protocolVersion: '2025-11-25' }
    return { connection, upstream: buildUpstream(MEMORY_SERVER, ++generation, connection, ready), stdout }
  }

  return {
    asked,
    written,
    findByName: (name) => (name === MEMORY_SERVER ? idOf(MEMORY_SERVER) : null),
    open() {
      if (refusal !== null) return Promise.reject(refusal)
      current ??= launch()
      return Promise.resolve(current.upstream)
    },
    emit(method, params) {
      const message = params === undefined ? { method } : { method, params }
      current?.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    },
    print: (line) => void current?.stdout.write(`${line}\n`),
    crash(error) {
      refusal = error ?? null
      const ended = current
      current = null
      asked.length = 0
      ended?.connection.close(LOST())
    },
    recover() {
      refusal = null
    },
  }
}

export function idOf(name: string): ServerId {
  return `srv_${name}` as ServerId
}
