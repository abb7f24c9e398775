/**
 * Gives memories their vectors, a few at a time and beside everything else: what is new first, then what was there
 * before, newest first. Nothing waits for it.
 */
import type { Clock } from '../domain/clock.ts'
import { packVector } from '../domain/meaning.ts'
import type { Confidentiality } from '../domain/memory.ts'
import type { Asked } from './ask-endpoint.ts'
import type { VectorRecords, Waiting } from './ports.ts'

/** Of one request: its answer is parsed in one go. */
const BATCH = 16
/** Memories that are looked through at a time for those without a vector. */
const WINDOW = 500
/** Vectors that a question may find unread. */
const WARM_EACH = 2_000
/** While there is more to do; and while there is not. */
const PAUSE_MS = 20
const IDLE_MS = 1_000
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 300_000
/** What tells a text that is refused from an endpoint that refuses everything. */
const HARMLESS = 'memory'

export interface VectorFiller {
  /** Null: not known before the endpoint has answered once. */
  readonly space: string | null
  readonly dimensions: number | null
  /** Null: it answered last time. */
  readonly problem: string | null
  /** Texts that the endpoint refused. */
  readonly refused: number
  close(): void
}

export function startFilling(deps: {
  readonly records: VectorRecords
  readonly model: string
  readonly level: Confidentiality
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly ask: (texts: readonly string[]) => Promise<Asked>
  /** What may leave of a text. */
  readonly prepare: (text: string) => string
}): VectorFiller {
  const { records, model, level, clock, random, ask, prepare } = deps
  let space: string | null = null
  let dimensions: number | null = null
  let problem: string | null = null
  let failures = 0
  const refused = new Set<string>()
  let isClosed = false
  let cancel = () => {}
  /** Vectors since whoever searches has read them. */
  let cold = 0
  /** All above is new, all below was there before: [low + 1, high] is done. */
  let high = 0
  let low = 0

  /** What is next, with where it ends; null: nothing. */
  const findNext = (inSpace: string) => {
    const latest = records.latest()
    const isNew = latest > high
    if (!isNew && low === 0) return null
    const from = isNew ? high + 1 : Math.max(1, low - WINDOW + 1)
    const to = isNew ? Math.min(latest, high + WINDOW) : low
    const found = records.listWaiting({
      space: inSpace,
      from,
      to,
      level,
      isNewestFirst: !isNew,
      limit: BATCH,
    })
    const last = found.length < BATCH ? null : found.at(-1)!.rid
    const done = () => {
      if (isNew) high = last ?? to
      else low = (last ?? from) - 1
    }
    const rows = found.filter(({ id }) => !refused.has(id))
    return { rows, done }
  }

  const warm = (inSpace: string, more: number) => {
    cold += more
    if (cold < WARM_EACH) return
    cold = 0
    void records.warm(inSpace).catch(() => {})
  }

  const keep = (
    inSpace: string,
    rows: readonly Waiting[],
    vectors: readonly Float32Array[],
  ): string | null => {
    if (vectors.some(({ length }) => length !== dimensions)) {
      return `it answered with ${vectors[0]?.length} dimensions, and with ${dimensions} before`
    }
    const packed = vectors.map(packVector)
    // A vector that points nowhere finds nothing; it is as if the text had been refused.
    for (const [at, { id }] of rows.entries()) if (packed[at] === null) refused.add(id)
    records.put(
      inSpace,
      level,
      rows.flatMap(({ id }, at) => {
        const one = packed[at]
        return one === null || one === undefined ? [] : [{ id, packed: one }]
      }),
    )
    warm(inSpace, rows.length)
    return null
  }

  /** Null: it went well. */
  const fill = async (
    inSpace: string,
    rows: readonly Waiting[],
  ): Promise<Exclude<Asked, { kind: 'vectors' }> | null> => {
    const asked = await ask(rows.map(({ text }) => prepare(text)))
    if (asked.kind === 'vectors') {
      const wrong = keep(inSpace, rows, asked.vectors)
      return wrong === null ? null : { kind: 'failed', problem: wrong, retryAfterMs: null }
    }
    if (asked.kind === 'failed') return asked
    if (rows.length === 1) {
      const other = await ask([HARMLESS])
      if (other.kind !== 'vectors') return asked
      refused.add(rows[0]!.id)
      return null
    }
    for (const row of rows) {
      const ended = await fill(inSpace, [row])
      if (ended !== null) return ended
    }
    return null
  }

  const meet = async (): Promise<Exclude<Asked, { kind: 'vectors' }> | null> => {
    const asked = await ask([HARMLESS])
    if (asked.kind !== 'vectors') return asked
    dimensions = asked.vectors[0]!.length
    space = `${model}/${dimensions}`
    high = records.latest()
    low = high
    warm(space, WARM_EACH)
    return null
  }

  const step = async (): Promise<number> => {
    const next = space === null ? undefined : findNext(space)
    if (next === null) return IDLE_MS
    const ended =
      space === null || next === undefined
        ? await meet()
        : next.rows.length === 0
          ? null
          : await fill(space, next.rows)
    if (ended === null) {
      next?.done()
      if (next === undefined || next.rows.length > 0) [problem, failures] = [null, 0]
      return PAUSE_MS
    }
    problem = ended.problem
    const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures++)
    const asked = ended.kind === 'failed' ? (ended.retryAfterMs ?? 0) : 0
    // Equal jitter: platforms that lost the same endpoint do not come back together.
    return Math.min(MAX_WAIT_MS, Math.max(asked, wait / 2 + (random() * wait) / 2))
  }

  const run = (milliseconds: number) => {
    if (isClosed) return
    cancel = clock.after(milliseconds, () => {
      void step()
        .catch((error: unknown) => {
          // The database, which others speak of.
          problem = error instanceof Error ? error.message : 'unknown'
          return MAX_WAIT_MS
        })
        .then(run)
    })
  }
  run(0)
  return {
    get space() {
      return space
    },
    get dimensions() {
      return dimensions
    },
    get problem() {
      return problem
    },
    get refused() {
      return refused.size
    },
    close() {
      isClosed = true
      cancel()
    },
  }
}
