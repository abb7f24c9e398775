/** What every client does with every server, through one narrow view of a client. */
import { setTimeout as sleep } from 'node:timers/promises'

export type Outcome = { readonly text: string; readonly isError: boolean }
export type Watch = { seen(): number; stop(): Promise<void> }

export interface PairClient {
  /** As negotiated. */
  readonly revision: string
  listTools(): Promise<readonly string[]>
  call(
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    options?: { readonly onProgress?: (progress: number) => void; readonly signal?: AbortSignal },
  ): Promise<Outcome>
  /** Calls a tool that logs, having asked for its logs; what was logged. */
  callForLogs(tool: string): Promise<readonly string[]>
  read(uri: string): Promise<string>
  complete(start: string): Promise<readonly string[]>
  watchTools(): Promise<Watch>
  watchResource(uri: string): Promise<Watch>
  /** Breaks its connections as a network does; requests fail, nothing is said to the server. */
  cut(): void
  close(): Promise<void>
}

/** @param bare a client that can be asked for nothing */
export type Connect = (bare?: boolean) => Promise<PairClient>

/** Throws with what was wrong. */
type Operation = (client: PairClient, connect: Connect) => Promise<void>

const NOTE = 'pair://note'
const TOOLS = 'ask cancelled echo fail grow log roots sample steps touch wait'

function same(found: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(expected)]
  if (is !== should) throw new Error(`${is} instead of ${should}`)
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 1_500
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(what)
    await sleep(20)
  }
}

const countCancelled = async (client: PairClient) => Number((await client.call('cancelled')).text)

async function seeOnce(client: PairClient, watch: Watch, trigger: string): Promise<void> {
  try {
    await client.call(trigger)
    await until(`${trigger} was not announced`, () => watch.seen() > 0)
  } finally {
    await watch.stop()
  }
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  list: async (client) => same([...(await client.listTools())].toSorted().join(' '), TOOLS),
  call: async (client) => same(await client.call('echo', { text: 'a' }), { text: 'a', isError: false }),
  error: async (client) => same(await client.call('fail'), { text: 'it fails', isError: true }),
  async progress(client) {
    const seen: number[] = []
    same(await client.call('steps', {}, { onProgress: (progress) => seen.push(progress) }), {
      text: 'stepped',
      isError: false,
    })
    same(seen, [1, 2, 3])
  },
  async cancel(client) {
    const before = await countCancelled(client)
    const controller = new AbortController()
    const call = client.call('wait', { ms: 2_000 }, { signal: controller.signal }).catch(() => null)
    await sleep(150)
    controller.abort()
    await until('the server was not told', async () => (await countCancelled(client)) === before + 1)
    await call
  },
  /** Up to 2025-11-25 the call goes on, and so does a session that is no stream; from 2026-07-28 it is cancelled. */
  async disconnect(client, connect) {
    const watcher = await connect()
    try {
      const before = await countCancelled(watcher)
      const call = client.call('wait', { ms: 500 }).catch(() => null)
      await sleep(150)
      client.cut()
      if (client.revision >= '2026-07-28') {
        await until('the server was not told', async () => (await countCancelled(watcher)) === before + 1)
      } else if (client.revision > '2024-11-05') {
        await sleep(400)
        same(await countCancelled(watcher), before)
      }
      const next = client.revision === '2024-11-05' ? watcher : client
      same(await next.call('echo', { text: 'b' }), { text: 'b', isError: false })
      void call
    } finally {
      await watcher.close()
    }
  },
  logs: async (client) => same(await client.callForLogs('log'), ['logged']),
  read: async (client) => same(await client.read(NOTE), 'noted'),
  subscribe: async (client) => seeOnce(client, await client.watchResource(NOTE), 'touch'),
  list_changed: async (client) => seeOnce(client, await client.watchTools(), 'grow'),
  completion: async (client) => same(await client.complete('A'), ['Ada', 'Alan']),
  elicitation: async (client) => same(await client.call('ask'), { text: 'asked: Ada', isError: false }),
  sampling: async (client) => same(await client.call('sample'), { text: 'sampled: Paris', isError: false }),
  roots: async (client) => same(await client.call('roots'), { text: 'roots: file:///pairs', isError: false }),
  /** From 2026-07-28 on the refusal names what the client would have to be able to do. */
  async refusal(client, connect) {
    const bare = await connect(true)
    try {
      const refused = await bare.call('sample').catch((error: unknown) => error)
      const code = refused instanceof Error && 'code' in refused ? refused.code : null
      if (client.revision >= '2026-07-28') same(code ?? refused, -32021)
      else if (code === null) same((refused as Outcome).isError, true)
    } finally {
      await bare.close()
    }
  },
  /** Clients count their requests from the same number on, so every id is in use four times. */
  async concurrent(client, connect) {
    const clients = [client, ...(await Promise.all([connect(), connect(), connect()]))]
    try {
      const asked = clients.flatMap((one, at) => [0, 1, 2, 3, 4].map((n) => ({ one, text: `${at}.${n}` })))
      const answers = await Promise.all(asked.map(({ one, text }) => one.call('echo', { text })))
      same(
        answers.map((answer) => answer.text),
        asked.map(({ text }) => text),
      )
    } finally {
      await Promise.all(clients.slice(1).map((other) => other.close()))
    }
  },
}

export type Cell = {
  /** What applies to both revisions, and what of it worked. */
  readonly total: number
  readonly passed: number
  /** Operation → what was seen instead. */
  readonly losses: Readonly<Record<string, string>>
}

const TIMEOUT_MS = 10_000

/** @param newest of the server's revisions */
export async function runCell(connect: Connect, newest: string): Promise<Cell> {
  const losses: Record<string, string> = {}
  let total = 0
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const attempt = () => attemptOperation(name, operation, connect, newest)
    let outcome = await attempt()
    // Once more: a busy machine is no loss.
    if (typeof outcome === 'object') outcome = await attempt()
    if (outcome === 'not known here') continue
    total++
    if (typeof outcome === 'object') losses[name] = outcome.lost
  }
  return { total, passed: total - Object.keys(losses).length, losses }
}

async function attemptOperation(
  name: string,
  operation: Operation,
  connect: Connect,
  newest: string,
): Promise<'passed' | 'not known here' | { readonly lost: string }> {
  let client: PairClient | null = null
  try {
    client = await within(connect())
    // Neither side of an older pair knows it.
    if (name === 'elicitation' && [client.revision, newest].some((one) => one < '2025-06-18')) {
      return 'not known here'
    }
    await within(operation(client, connect))
    return 'passed'
  } catch (error) {
    return { lost: error instanceof Error ? error.message : String(error) }
  } finally {
    await client?.close().catch(() => undefined)
  }
}

async function within<T>(task: Promise<T>): Promise<T> {
  const limit = new AbortController()
  const late = sleep(TIMEOUT_MS, null, { signal: limit.signal }).then(() => {
    throw new Error('took too long')
  })
  late.catch(() => undefined)
  return Promise.race([task, late]).finally(() => limit.abort())
}
