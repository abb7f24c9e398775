/**
 * The memories whose vectors are nearest to a question's. Exact where there are few; among many the signs of the
 * vectors, a bit a dimension in memory, choose whom to compare exactly.
 */
import { z } from 'zod'
import { compareVectors, type Near } from '../../domain/meaning.ts'
import { integer } from './columns.ts'
import type { Database, Parameters, Row } from './database.ts'

/** Of this way to match. */
const NEAREST = 50
/** Compared one by one: a few milliseconds. */
const FEW = 2_000
const CHOSEN = 600
/** So that enough are left of them where a filter takes most away. */
const CHOSEN_NARROW = 3_000
/** Bits of one vector that are looked at: a choice needs no more, and each costs. */
const MAX_BITS = 512
const LOADED_AT_ONCE = 2_000
/** The mean is of what was there at first; when there is so many times more, it is taken anew. */
const GROWTH = 4

const vectorRow = z.object({ id: integer, rid: integer, e: z.instanceof(Uint8Array) })
const nearRow = z.looseObject({ e: z.instanceof(Uint8Array) })

export type NearRow = { readonly row: Row; readonly cosine: number }

/** @param columns of `memories m` that come back */
export function createVectorIndex(database: Database, columns: string) {
  let signs = createSigns('')
  /** Vectors that there were when the mean was taken. */
  let settled = 0
  /** Not all that was there is read yet. */
  let isSettling = false

  /** What is new, in steps, so that others may ask in between; true: there is more. */
  const load = (space: string): boolean => {
    if (signs.space !== space || (!isSettling && signs.count() > GROWTH * Math.max(FEW, settled))) {
      signs = createSigns(space)
      isSettling = true
    }
    const rows = database
      .all(
        `SELECT id, rid, e FROM memory_vectors WHERE space = $space AND id > $after ORDER BY id LIMIT ${LOADED_AT_ONCE}`,
        { space, after: signs.last() },
      )
      .map((raw) => vectorRow.parse(raw))
    signs.add(rows)
    const isMore = rows.length === LOADED_AT_ONCE
    if (isSettling && !isMore) {
      settled = signs.count()
      isSettling = false
    }
    return isMore
  }

  const compare = (rids: readonly number[], near: Near, where: string, parameters: Parameters): NearRow[] =>
    database
      .all(
        `SELECT ${columns}, v.e AS e FROM json_each($rids) j
           CROSS JOIN memories m ON m.rid = j.value
           CROSS JOIN memory_vectors v ON v.rid = m.rid
           WHERE v.space = $space AND ${where}`,
        { ...parameters, rids: JSON.stringify([...new Set(rids)]), space: near.space },
      )
      .map((row) => ({ row, cosine: compareVectors(near.values, nearRow.parse(row).e) }))
      .filter(({ cosine }) => cosine > 0)
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, NEAREST)

  /** @param isNarrow most memories do not pass `where` */
  const find = (near: Near, where: string, parameters: Parameters, isNarrow: boolean): readonly NearRow[] => {
    while (load(near.space)) continue
    if (isNarrow) {
      const passing = database
        .all(`SELECT m.rid AS rid FROM memories m WHERE ${where} LIMIT ${FEW + 1}`, parameters)
        .map(({ rid }) => Number(rid))
      if (passing.length <= FEW) return compare(passing, near, where, parameters)
    }
    const most = signs.count() <= FEW ? FEW : isNarrow ? CHOSEN_NARROW : CHOSEN
    return compare(signs.choose(near.values, most), near, where, parameters)
  }
  return { find, load }
}

type Packed = { readonly id: number; readonly rid: number; readonly e: Uint8Array }

/** The signs of vectors around their mean: models point most of what they say into one direction. */
function createSigns(space: string) {
  let size = 0
  let bytes = 0
  let mean = new Float32Array(0)
  let bits = new Uint8Array(0)
  let rids = new Float64Array(0)
  let count = 0
  let last = 0

  const begin = (rows: readonly Packed[]) => {
    size = rows[0]!.e.length
    bytes = Math.ceil(Math.min(size, MAX_BITS) / 8)
    mean = new Float32Array(bytes * 8)
    for (const { e } of rows) {
      const length = lengthOf(e)
      for (let at = 0; at < Math.min(size, mean.length); at++)
        mean[at]! += signed(e[at]!) / length / rows.length
    }
  }
  const grow = (more: number) => {
    if (count + more <= rids.length) return
    const room = Math.max(1024, 2 * (count + more))
    const [oldBits, oldRids] = [bits, rids]
    bits = new Uint8Array(room * bytes)
    rids = new Float64Array(room)
    bits.set(oldBits.subarray(0, count * bytes))
    rids.set(oldRids.subarray(0, count))
  }
  return {
    space,
    count: () => count,
    last: () => last,
    add(rows: readonly Packed[]) {
      if (rows.length === 0) return
      if (size === 0) begin(rows)
      grow(rows.length)
      for (const { id, rid, e } of rows) {
        last = id
        if (e.length !== size) continue
        const length = lengthOf(e)
        const from = count * bytes
        for (let at = 0; at < Math.min(size, mean.length); at++) {
          if (signed(e[at]!) / length > mean[at]!) bits[from + (at >> 3)]! |= 1 << (at & 7)
        }
        rids[count++] = rid
      }
    },
    /** Those at most `most` whose signs agree best with the question's values. */
    choose(values: Float32Array, most: number): number[] {
      if (count <= most) return [...rids.subarray(0, count)]
      if (values.length !== size) return []
      const table = buildTable(values, mean, bytes)
      const scores = addUp(table, bits, bytes, count)
      const limit = findLimit(scores, most)
      const found: number[] = []
      for (let one = 0; one < count && found.length < 2 * most; one++) {
        if (scores[one]! >= limit) found.push(rids[one]!)
      }
      return found
    },
  }
}

const signed = (byte: number) => (byte << 24) >> 24

function lengthOf(e: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < e.length; at++) sum += signed(e[at]!) ** 2
  return Math.sqrt(sum) || 1
}

/** What each byte of signs adds: eight dimensions in one look. */
function buildTable(values: Float32Array, mean: Float32Array, bytes: number): Float32Array {
  const length = Math.hypot(...values) || 1
  const table = new Float32Array(bytes * 256)
  for (let at = 0; at < bytes; at++) {
    for (let byte = 0; byte < 256; byte++) {
      let sum = 0
      for (let bit = 0; bit < 8; bit++) {
        const place = at * 8 + bit
        const value = place < values.length ? values[place]! / length - mean[place]! : 0
        sum += (byte >> bit) & 1 ? value : -value
      }
      table[(at << 8) | byte] = sum
    }
  }
  return table
}

/** Everything it needs is its own: this loop is where the time goes. */
function addUp(table: Float32Array, bits: Uint8Array, bytes: number, count: number): Float32Array {
  const scores = new Float32Array(count)
  for (let one = 0, from = 0; one < count; one++, from += bytes) {
    let sum = 0
    for (let at = 0; at < bytes; at++) sum += table[(at << 8) | bits[from + at]!]!
    scores[one] = sum
  }
  return scores
}

const STEPS = 4096

/** The score that about `most` reach: counted in steps, which is cheaper than to sort all. */
function findLimit(scores: Float32Array, most: number): number {
  let [least, greatest] = [Infinity, -Infinity]
  for (const score of scores) {
    if (score < least) least = score
    if (score > greatest) greatest = score
  }
  const counts = new Uint32Array(STEPS + 1)
  const width = (greatest - least || 1) / STEPS
  for (const score of scores) counts[Math.floor((score - least) / width)]!++
  let sum = 0
  for (let step = STEPS; step >= 0; step--) {
    sum += counts[step]!
    if (sum >= most) return least + step * width
  }
  return least
}
