/** Takes what another platform remembers, again and again: it is asked from where this one stands, so nothing is lost. */
import type { Clock } from '../domain/clock.ts'
import { decodeJson, isNestedBeyond } from '../domain/json.ts'
import {
  memoryChangesSchema,
  renderVector,
  type MemoryChanges,
  type MemoryExchange,
} from '../domain/memory-change.ts'
import { renderPlace, safeFetch } from '../system/safe-fetch.ts'

const MAX_BYTES = 32 * 1024 * 1024
const TIMEOUT_MS = 30_000
const MAX_DEPTH = 100
const PIECE = 200

export type PlatformSettings = {
  readonly name: string
  /** `https://other.example:8910`; it may be private, since the operator named it. */
  readonly url: string
  readonly readToken: () => Promise<string | null>
  /** Whose memories these must be; null: whoever answers first. */
  readonly node: string | null
  readonly intervalMs: number
}

export interface Puller {
  /** Takes all that is new. Rejects with a sentence's end. */
  run(): Promise<void>
}

export function createPuller(
  settings: PlatformSettings,
  deps: { readonly exchange: MemoryExchange; readonly clock: Clock; readonly signal: AbortSignal },
): Puller {
  const { exchange, signal } = deps
  let pinned = settings.node

  const ask = async (): Promise<MemoryChanges> => {
    const token = await settings.readToken()
    const url = new URL('/api/v1/memories/changes', settings.url)
    url.searchParams.set('since', renderVector(await exchange.vector()))
    url.searchParams.set('reader', exchange.node)
    url.searchParams.set('max', String(PIECE))
    const answer = await safeFetch(
      {
        url: url.href,
        headers: {
          accept: 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        signal,
      },
      { named: new Set([renderPlace(url)]), maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS },
    )
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.body) chunks.push(chunk)
    if (answer.status !== 200) throw new Error(`refuses (status ${answer.status})`)
    const text = Buffer.concat(chunks).toString('utf8')
    const parsed = memoryChangesSchema.safeParse(
      isNestedBeyond(text, MAX_DEPTH) ? undefined : decodeJson(text),
    )
    if (!parsed.success) throw new Error('answers what is no list of changes')
    return parsed.data
  }

  return {
    async run() {
      for (;;) {
        const found = await ask()
        if (found.node === exchange.node) throw new Error('is this platform itself')
        pinned ??= found.node
        if (found.node !== pinned) throw new Error(`is ${found.node}, and was ${pinned}`)
        await exchange.merge(found)
        if (!found.has_more || signal.aborted) return
      }
    },
  }
}
