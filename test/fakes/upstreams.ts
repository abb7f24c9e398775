/** Hosted servers without the runtime: real child processes over pipes, or scripted ones in memory. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { AppError } from '../../src/domain/error.ts'
import type { ServerId } from '../../src/domain/id.ts'
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts'
import type { CallHandlers, UpstreamCall, UpstreamConnection, Upstreams } from '../../src/gateway/ports.ts'

type Listeners = {
  readonly notified: Set<(method: string, params: JsonObject | undefined) => void>
  readonly closed: Set<(error: AppError) => void>
}

/** The connection's own rules, over any way of writing a message: ids and progress tokens are its own. */
function createConnection(
  facts: { serverId: ServerId; generation: number; initializeResult: JsonObject },
  write: (message: JsonObject) => void,
) {
  const pending = new Map<number, CallHandlers>()
  const listeners: Listeners = { notified: new Set(), closed: new Set() }
  let nextId = facts.generation * 2 ** 32
  let ended: AppError | null = null

  const connection: UpstreamConnection = {
    ...facts,
    protocolVersion: JSON.stringify(facts.initializeResult['protocolVersion']).slice(1, -1),
    request(method, params, handlers): UpstreamCall {
      if (ended !== null) throw ended
      const id = ++nextId
      pending.set(id, handlers)
      const meta = isJsonObject(params?.['_meta']) ? params['_meta'] : {}
      const sent =
        handlers.onProgress === undefined ? params : { ...params, _meta: { ...meta, progressToken: id } }
      write({ jsonrpc: '2.0', id, method, ...(sent === undefined ? {} : { params: sent }) })
      return {
        cancel(reason) {
          if (pending.delete(id)) {
            write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason } })
          }
        },
      }
    },
    notify: (method, params) =>
      write({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) }),
    onNotification: (listener) => {
      listeners.notified.add(listener)
      return () => listeners.notified.delete(listener)
    },
    onClosed: (listener) => {
      listeners.closed.add(listener)
      return () => listeners.closed.delete(listener)
    },
  }
  const receive = (message: JsonObject) => {
    const { id, method, params } = message
    const body = isJsonObject(params) ? params : undefined
    if (typeof method === 'string' && id !== undefined) {
      write({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } })
    } else if (method === 'notifications/progress') {
      pending.get(Number(body?.['progressToken']))?.onProgress?.(body ?? {})
    } else if (typeof method === 'string') {
      for (const listener of listeners.notified) listener(method, body)
    } else {
      const handlers = pending.get(Number(id))
      pending.delete(Number(id))
      handlers?.onResponse(message)
    }
  }
  const end = (error: AppError) => {
    if (ended !== null) return
    ended = error
    const lost = [...pending.values()]
    pending.clear()
    for (const handlers of lost) handlers.onLost(error)
    for (const listener of listeners.closed) listener(error)
  }
  return { connection, receive, end, pending }
}

const LOST = () => new AppError('server_stopped_answering', 'The server ended with code 3.')

export interface ProcessUpstreams extends Upstreams {
  /** Ends the process; `open` then refuses until `start`. */
  stop(name: string): Promise<void>
  /** Lets the next `open` start a process again. */
  start(name: string): void
  close(): Promise<void>
}

/** Real child processes, initialized as the runtime does it: 2025-11-25, no client capabilities. */
export function createProcessUpstreams(
  commands: Readonly<Record<string, readonly string[]>>,
): ProcessUpstreams {
  const running = new Map<
    string,
    Promise<{ child: ChildProcessWithoutNullStreams; connection: UpstreamConnection }>
  >()
  const stopped = new Set<string>()
  let generation = 0

  const launch = async (name: string) => {
    const [program = '', ...args] = commands[name] ?? []
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stderr.resume()
    child.stdin.on('error', () => {})
    const write = (message: JsonObject) => void child.stdin.write(`${JSON.stringify(message)}\n`)
    const lines = createInterface({ input: child.stdout })
    const hello = new Promise<JsonObject>((resolve, reject) => {
      child.once('exit', () => reject(LOST()))
      lines.once('line', (line) => resolve(JSON.parse(line) as JsonObject))
    })
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'fake-runtime', version: '1' },
    }
    write({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
    const { result } = await hello
    write({ jsonrpc: '2.0', method: 'notifications/initialized' })
    const facts = { serverId: idOf(name), generation: ++generation, initializeResult: result as JsonObject }
    const { connection, receive, end } = createConnection(facts, write)
    lines.on('line', (line) => receive(JSON.parse(line) as JsonObject))
    child.once('exit', () => {
      running.delete(name)
      end(LOST())
    })
    return { child, connection }
  }

  return {
    findByName: (name) => (Object.hasOwn(commands, name) ? idOf(name) : null),
    async open(id) {
      const name = String(id).slice(4)
      if (stopped.has(name)) {
        throw new AppError('server_not_running', `${name} is stopped; it ended because it was asked to.`)
      }
      const known = running.get(name) ?? launch(name)
      running.set(name, known)
      return (await known).connection
    },
    async stop(name) {
      stopped.add(name)
      const known = await running.get(name)
      if (known === undefined) return
      const gone = new Promise((resolve) => known.child.once('exit', resolve))
      known.child.kill('SIGKILL')
      await gone
    },
    start: (name) => void stopped.delete(name),
    async close() {
      await Promise.all(Object.keys(commands).map((name) => this.stop(name)))
    },
  }
}

/** What a scripted server was asked, and how the test answers. */
export type Asked = {
  readonly method: string
  readonly params: JsonObject | undefined
  readonly id: number
  respond(result: JsonObject): void
  fail(code: number, message: string): void
  progress(progress: number): void
}

export interface MemoryUpstreams extends Upstreams {
  /** Requests that `script` left open, oldest first; responses remove them. */
  readonly asked: Asked[]
  /** Everything written to the server, as it would be on its stdin. */
  readonly written: JsonObject[]
  emit(method: string, params?: JsonObject): void
  /** The process ends; `open` fails with `refusal`, or starts the next generation. */
  crash(refusal?: AppError): void
  recover(): void
}

export const MEMORY_SERVER = 'mem'

/** @param script answers synchronously where it can; what it does not answer waits in `asked`. */
export function createMemoryUpstreams(
  initializeResult: JsonObject,
  script: (asked: Asked) => void = () => {},
): MemoryUpstreams {
  const asked: Asked[] = []
  const written: JsonObject[] = []
  let generation = 0
  let refusal: AppError | null = null
  let current: ReturnType<typeof createConnection> | null = null

  const connect = () => {
    const facts = { serverId: idOf(MEMORY_SERVER), generation: ++generation, initializeResult }
    const created = createConnection(facts, (message) => {
      written.push(message)
      const { id, method, params } = message
      if (typeof id !== 'number' || typeof method !== 'string') return
      const settle = (answer: JsonObject) => {
        const at = asked.findIndex((one) => one.id === id)
        if (at >= 0) asked.splice(at, 1)
        created.receive({ jsonrpc: '2.0', id, ...answer })
      }
      const one: Asked = {
        method,
        params: isJsonObject(params) ? params : undefined,
        id,
        respond: (result) => settle({ result }),
        fail: (code, text) => settle({ error: { code, message: text } }),
        progress: (progress) =>
          created.receive({
            jsonrpc: '2.0',
            method: 'notifications/progress',
            params: { progressToken: id, progress },
          }),
      }
      asked.push(one)
      // As over a pipe: an answer never comes before the request was sent.
      queueMicrotask(() => script(one))
    })
    return created
  }

  return {
    asked,
    written,
    findByName: (name) => (name === MEMORY_SERVER ? idOf(MEMORY_SERVER) : null),
    open() {
      if (refusal !== null) return Promise.reject(refusal)
      current ??= connect()
      return Promise.resolve(current.connection)
    },
    emit(method, params) {
      current?.receive({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) })
    },
    crash(error) {
      refusal = error ?? null
      const ended = current
      current = null
      asked.length = 0
      ended?.end(LOST())
    },
    recover() {
      refusal = null
    },
  }
}

function idOf(name: string): ServerId {
  return `srv_${name}` as ServerId
}
