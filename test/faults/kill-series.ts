/** The work that goes on while a daemon is killed again and again, and what its clients remember of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SeenCall, SentUpload } from '../oracles/sight.ts'
import { MARK, type Platform } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { callApi, deployArchive, packArchive } from './api.ts'
import { buildCallRequest } from './hosted.ts'

/** Later versions push earlier ones out: so many are asked for. */
const PROMISED = 4
/** Of a call of a server that answers at once, a start of it included. */
const CALL_DEADLINE_MS = 30_000

const COUNTER = buildServer({
  before: 'count=0',
  onCall: `count=$((count + 1)); echo "call $count" >&2; reply "$id" '{"content":[{"type":"text","text":"'$count'"}]}'`,
})

/** Open while the daemon is up and looked at; what is asked meanwhile waits. */
export type Gate = {
  open(): void
  close(): void
  pass(): Promise<void>
  /** Another number after each time it was closed. */
  turn(): number
}

export function createGate(): Gate {
  let gate = Promise.withResolvers<void>()
  let turn = 0
  return {
    open: () => gate.resolve(),
    close() {
      turn++
      gate = Promise.withResolvers()
    },
    turn: () => turn,
    pass: () => gate.promise,
  }
}

export type Book = {
  uploads: SentUpload[]
  readonly deleted: Set<string>
  readonly calls: SeenCall[]
  /** Calls without an end yet, with the moment each began. */
  readonly open: Map<string, number>
  /** What was done, for the figures. */
  readonly done: Record<string, number>
}

export const createBook = (): Book => ({
  uploads: [],
  deleted: new Set(),
  calls: [],
  open: new Map(),
  done: {},
})

type Worker = {
  readonly platform: Platform
  readonly book: Book
  readonly gate: Gate
  readonly random: () => number
  readonly isOver: () => boolean
}

/** Each has servers of its own, so that what one is told is not undone by another. */
export async function startWorker(worker: Worker, name: string): Promise<void> {
  const { platform, book, gate, random } = worker
  const servers = [`${name}a`, `${name}b`]
  for (let n = 1; !worker.isOver(); n++) {
    await gate.pass()
    const server = servers[Math.floor(random() * servers.length)] ?? name
    const chance = random()
    const verb = async (what: string, task: () => Promise<unknown>) => {
      await task()
      book.done[what] = (book.done[what] ?? 0) + 1
    }
    try {
      if (chance < 0.4) await verb('deploy', () => deploy(worker, server, n))
      else if (chance < 0.5) await verb('stop', () => callApi(platform, 'POST', `servers/${server}/stop`, {}))
      else if (chance < 0.6)
        await verb('start', () => callApi(platform, 'POST', `servers/${server}/start`, {}))
      else if (chance < 0.7)
        await verb('restart', () => callApi(platform, 'POST', `servers/${server}/restart`, {}))
      else if (chance < 0.8) {
        const settings = { restart_delay: 1 + Math.floor(random() * 3), tags: [`t${n}`] }
        await verb('set', () => callApi(platform, 'PATCH', `servers/${server}`, settings))
      } else if (chance < 0.9) {
        const secret = { name: 'API_KEY', value: `value-${n}-of-a-secret`, as: 'env' }
        await verb('secret', () => callApi(platform, 'POST', `servers/${server}/secrets`, secret))
      } else await verb('delete', () => remove(worker, server))
    } catch {
      // The daemon went away: nothing was told.
      await sleep(20)
    }
  }
}

/** Its first version, or the next. */
export async function deploy(
  { platform, book }: Pick<Worker, 'platform' | 'book'>,
  server: string,
  n: number,
  config: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const files = {
    'server.sh': `${COUNTER}\n# ${server} ${n} ${Math.trunc(performance.now())}\n`,
    'server_config.json': JSON.stringify({
      name: server,
      command: ['bash', 'server.sh', `${MARK}-${server}`],
      ...config,
    }),
  }
  const archive = await packArchive(files)
  const sent = { server, archiveHash: archive.hash, files: archive.files, isAcknowledged: false }
  book.uploads.push(sent)
  const operation = await deployArchive(platform, server, archive)
  if (operation?.status !== 'succeeded') return
  const others = book.uploads.filter((upload) => upload !== sent)
  const promised = others.filter((upload) => upload.server === server && upload.isAcknowledged)
  const tooOld = new Set(promised.slice(0, Math.max(0, promised.length - PROMISED + 1)))
  book.uploads = [
    ...others.map((upload) => (tooOld.has(upload) ? { ...upload, isAcknowledged: false } : upload)),
    { ...sent, isAcknowledged: true },
  ]
}

async function remove({ platform, book }: Worker, server: string): Promise<void> {
  // From the moment it is asked for, nothing is promised of it.
  book.uploads = book.uploads.map((upload) =>
    upload.server === server ? { ...upload, isAcknowledged: false } : upload,
  )
  await callApi(platform, 'DELETE', `servers/${server}?force=true`)
}

/** What came of the calls so far; one that is under way is without an answer once its deadline is over. */
export function listCalls({ calls, open }: Book): readonly SeenCall[] {
  const now = performance.now()
  const overdue = [...open].flatMap(([id, began]) => {
    const lateMs = now - began - CALL_DEADLINE_MS
    return lateMs > 0 ? [{ id, answers: 0, lateMs }] : []
  })
  return [...calls, ...overdue]
}

/** Calls the server that nobody touches, in both eras in turn. */
export async function startCaller(worker: Worker, server: string, token: string): Promise<void> {
  const { platform, book, gate } = worker
  for (let n = 0; !worker.isOver(); n++) {
    await gate.pass()
    const turn = gate.turn()
    const id = String(n)
    const began = performance.now()
    book.open.set(id, began)
    const call = n % 2 === 0 ? callModern : callLegacy
    // A connection that breaks is an end too; it may only break while the daemon goes away.
    const answers = await call(platform, token, server).catch(() => (gate.turn() === turn ? 0 : 1))
    book.open.delete(id)
    if (gate.turn() === turn) book.done['call'] = (book.done['call'] ?? 0) + 1
    const lateMs = Math.max(0, performance.now() - began - CALL_DEADLINE_MS)
    // A stream that ends without an answer is an end as well, if the daemon ended meanwhile.
    book.calls.push({ id, answers: answers === 0 && gate.turn() !== turn ? 1 : answers, lateMs })
    if (book.calls.length > 1000) book.calls.shift()
    await sleep(30)
  }
}

/** How many results and errors there are for this id in what was answered. */
async function countAnswers(response: Response, id: number): Promise<number> {
  const text = await response.text()
  const data = text.startsWith('{') ? [text] : [...text.matchAll(/^data: ?(\{.*)$/gm)].map(([, json]) => json)
  return data
    .map((json) => JSON.parse(json ?? '{}') as Readonly<Record<string, unknown>>)
    .filter((message) => message['id'] === id && ('result' in message || 'error' in message)).length
}

async function callModern(platform: Platform, token: string, server: string): Promise<number> {
  const response = await fetch(`${platform.url}/servers/${server}/mcp`, {
    ...buildCallRequest(token, {}),
    signal: AbortSignal.timeout(2 * CALL_DEADLINE_MS),
  })
  return countAnswers(response, 1)
}

const sessions = new WeakMap<Platform, string>()

/** With a session that outlives daemons. */
async function callLegacy(platform: Platform, token: string, server: string): Promise<number> {
  const send = async (body: object, session?: string) =>
    fetch(`${platform.url}/servers/${server}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(session === undefined ? {} : { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      signal: AbortSignal.timeout(2 * CALL_DEADLINE_MS),
    })
  let session = sessions.get(platform)
  if (session === undefined) {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'f', version: '1' },
    }
    const begun = await send({ id: 0, method: 'initialize', params })
    await begun.text()
    session = begun.headers.get('mcp-session-id') ?? undefined
    if (session === undefined) throw new Error('no session')
    await (await send({ method: 'notifications/initialized' }, session)).text()
    sessions.set(platform, session)
  }
  const params = { name: 'act', arguments: {} }
  const response = await send({ id: 1, method: 'tools/call', params }, session)
  // A session that is gone has an error for an answer, and must not be gone.
  const answers = await countAnswers(response, 1)
  return response.status === 404 ? 0 : answers
}
