/** What texts mean, by a model of the operator's choice: vectors for memories in the background, one for each question. */
import type { Clock } from '../domain/clock.ts'
import type { EmbeddingStatus, Near } from '../domain/meaning.ts'
import type { Confidentiality } from '../domain/memory.ts'
import { askEndpoint, type EndpointSettings } from './ask-endpoint.ts'
import { startFilling } from './fill-vectors.ts'
import type { VectorRecords } from './ports.ts'

export type EmbeddingSettings = EndpointSettings & {
  /** The most confidential that leaves. */
  readonly level: Extract<Confidentiality, 'normal' | 'internal'>
  /** For a question: somebody waits. */
  readonly timeoutMs: number
}

export interface Embeddings {
  /** Never rejects, and takes no longer than the setting says. */
  ask(question: string): Promise<Near | { readonly problem: string }>
  status(): Promise<EmbeddingStatus>
  close(): Promise<void>
}

/** Of one text; models read no further, and it bounds what leaves. */
const MAX_TEXT_BYTES = 2_048
const BATCH_MS = 30_000
const CACHE_MS = 600_000
const MAX_CACHED = 200
/** In a row; then nobody waits for it for a while. */
const MAX_FAILURES = 3
const OPEN_MS = 30_000

export function openEmbeddings(
  settings: EmbeddingSettings,
  deps: {
    readonly records: VectorRecords
    readonly clock: Clock
    readonly random: () => number
    /** Takes out secrets, known by then or by their form. */
    readonly mask: (text: string) => string
  },
): Embeddings {
  const { records, clock, random, mask } = deps
  const { model, level, timeoutMs } = settings
  const closing = new AbortController()
  // Masked as a whole: a secret that is cut in two is not known any more.
  const prepare = (text: string) => cutBytes(mask(text.toWellFormed()), MAX_TEXT_BYTES)
  const filler = startFilling({
    records,
    model,
    level,
    clock,
    random,
    prepare,
    ask: (texts) => askEndpoint(settings, texts, BATCH_MS, closing.signal),
  })
  const cache = new Map<string, { readonly at: number; readonly near: Near }>()
  let failures = 0
  let closedUntil = 0
  let lastProblem = ''

  const fail = (problem: string) => {
    lastProblem = problem
    if (++failures >= MAX_FAILURES) {
      failures = 0
      closedUntil = clock.monotonic() + OPEN_MS
    }
    return { problem }
  }

  return {
    async ask(question) {
      const { space, dimensions } = filler
      if (space === null) return { problem: filler.problem ?? 'it has not answered yet' }
      const text = prepare(question)
      const key = `${space}\n${text}`
      const known = cache.get(key)
      if (known !== undefined && clock.monotonic() - known.at < CACHE_MS) return known.near
      if (clock.monotonic() < closedUntil) return { problem: lastProblem }
      const asked = await askEndpoint(settings, [text], timeoutMs, closing.signal)
      if (asked.kind !== 'vectors') return fail(asked.problem)
      const values = asked.vectors[0]!
      if (values.length !== dimensions || !values.every(Number.isFinite)) {
        return fail(`it answered with ${values.length} dimensions, and with ${dimensions} before`)
      }
      failures = 0
      const near = { space, values }
      cache.delete(key)
      cache.set(key, { at: clock.monotonic(), near })
      for (const old of [...cache.keys()].slice(0, Math.max(0, cache.size - MAX_CACHED))) cache.delete(old)
      return near
    },
    async status() {
      const { space, dimensions, problem, refused } = filler
      const { stored, eligible } = await records.count(space ?? '', level)
      const waiting = Math.max(0, eligible - stored - refused)
      return { model, dimensions, stored, waiting, refused, problem: problem ?? null }
    },
    async close() {
      filler.close()
      closing.abort()
    },
  }
}

/** Whole characters, at most so many bytes of them. */
function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  let end = most
  // A continuation byte is 10xxxxxx.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end).toString('utf8')
}
