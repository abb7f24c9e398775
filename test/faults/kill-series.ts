/** The work that goes on while a daemon is killed again and again, and what its clients remember of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SeenCall, SentUpload } from '../oracles/sight.ts'
import { MARK, type Platform } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { callApi, deployArchive, packArchive } from './api.ts'
import { callTool } from './hosted.ts'

/** Later versions push earlier ones out: so many are asked for. */
const PROMISED = 4
const CALL_DEADLINE_MS = 120_000

const COUNTER = buildServer({
  before: 'count=0',
  onCall: `count=$((count + 1)); echo "call $count" >&2; reply "$id" '{"content":[{"type":"text","text":"'$count'"}]}'`,
})

/** Open while the daemon is up and looked at; what is asked meanwhile waits. */
export type Gate = { open(): void; close(): void; pass(): Promise<void> }

export function createGate(): Gate {
  let gate = Promise.withResolvers<void>()
  return {
    open: () => gate.resolve(),
    close() {
      gate = Promise.withResolvers()
    },
    pass: () => gate.promise,
  }
}

export type Book = {
  uploads: SentUpload[]
  readonly deleted: Set<string>
  readonly calls: SeenCall[]
  /** What was done, for the figures. */
  readonly done: Record<string, number>
}

export const createBook = (): Book => ({ uploads: [], deleted: new Set(), calls: [], done: {} })

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
): Promise<void> {
  const files = {
    'server.sh': `${COUNTER}\n# ${server} ${n} ${Math.trunc(performance.now())}\n`,
    'server_config.json': JSON.stringify({
      name: server,
      command: ['bash', 'server.sh', `${MARK}-${server}`],
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

/** Calls the server that nobody touches, in both eras in turn. */
export async function startCaller(worker: Worker, server: string, token: string): Promise<void> {
  const { platform, book, gate } = worker
  for (let n = 0; !worker.isOver(); n++) {
    await gate.pass()
    const began = performance.now()
    let answers = 0
    try {
      if (n % 2 === 0) await callTool(platform, token, server)
      else await callLegacy(platform, token, server)
      answers++
      book.done['call'] = (book.done['call'] ?? 0) + 1
    } catch {
      // A closed connection or an error is an end too.
      answers++
    }
    book.calls.push({
      id: `${n}`,
      answers,
      lateMs: Math.max(0, performance.now() - began - CALL_DEADLINE_MS),
    })
    if (book.calls.length > 1000) book.calls.shift()
    await sleep(30)
  }
}

const sessions = new WeakMap<Platform, string>()

/** With a session that outlives daemons. */
async function callLegacy(platform: Platform, token: string, server: string): Promise<void> {
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
      signal: AbortSignal.timeout(CALL_DEADLINE_MS),
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
  const answer = await send({ id: 1, method: 'tools/call', params: { name: 'act', arguments: {} } }, session)
  const text = await answer.text()
  if (answer.status === 404) throw new Error(`the session is gone: ${text}`)
  if (!text.includes('"result"')) throw new Error(text)
}
