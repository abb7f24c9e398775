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
const CHOSEN = 400
/** So that enough are left of them where a filter takes most away. */
const CHOSEN_NARROW = 2_500
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

/** Bits that are compared in one step, in four numbers. */
const STEP_BITS = 128

/** The signs of vectors around their mean: models point most of what they say into one direction. */
function createSigns(space: string) {
  let size = 0
  let width = 0
  let mean = new Float32Array(0)
  let bits = new Uint32Array(0)
  let rids = new Float64Array(0)
  let count = 0
  let last = 0

  const begin = (rows: readonly Packed[]) => {
    size = rows[0]!.e.length
    mean = new Float32Array(Math.min(size, MAX_BITS))
    width = 4 * Math.ceil(mean.length / STEP_BITS)
    for (const { e } of rows) {
      const length = lengthOf(e)
      for (let at = 0; at < mean.length; at++) mean[at]! += signed(e[at]!) / length / rows.length
    }
  }
  const grow = (more: number) => {
    if (count + more <= rids.length) return
    const room = Math.max(1024, 2 * (count + more))
    const [oldBits, oldRids] = [bits, rids]
    bits = new Uint32Array(room * width)
    rids = new Float64Array(room)
    bits.set(oldBits.subarray(0, count * width))
    rids.set(oldRids.subarray(0, count))
  }
  const setSigns = (into: Uint32Array, from: number, length: number, valueAt: (at: number) => number) => {
    for (let at = 0; at < mean.length; at++) {
      if (valueAt(at) / length > mean[at]!) into[from + (at >> 5)]! |= 1 << (at & 31)
    }
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
        setSigns(bits, count * width, lengthOf(e), (at) => signed(e[at]!))
        rids[count++] = rid
      }
    },
    /** Those whose signs differ least from the question's: about `most`, and never twice as many. */
    choose(values: Float32Array, most: number): number[] {
      if (count <= most) return [...rids.subarray(0, count)]
      if (values.length !== size) return []
      const question = new Uint32Array(width)
      setSigns(question, 0, Math.hypot(...values) || 1, (at) => values[at]!)
      const differences = countDifferences(bits, question, count)
      const limit = findLimit(differences, most)
      const found: number[] = []
      for (let one = 0; one < count && found.length < 2 * most; one++) {
        if (differences[one]! <= limit) found.push(rids[one]!)
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

/**
 * Set bits, side by side in ever wider fields (Warren, Hacker's Delight, 5-1), four numbers at once: at most 128, which one
 * byte holds. This loop is where the time goes, so everything it needs is its own.
 */
function countDifferences(bits: Uint32Array, question: Uint32Array, count: number): Uint16Array {
  const width = question.length
  const differences = new Uint16Array(count)
  for (let one = 0, from = 0; one < count; one++, from += width) {
    let sum = 0
    for (let at = 0; at < width; at += 4) {
      let a = bits[from + at]! ^ question[at]!
      let b = bits[from + at + 1]! ^ question[at + 1]!
      let c = bits[from + at + 2]! ^ question[at + 2]!
      let d = bits[from + at + 3]! ^ question[at + 3]!
      a -= (a >>> 1) & 0x55555555
      b -= (b >>> 1) & 0x55555555
      c -= (c >>> 1) & 0x55555555
      d -= (d >>> 1) & 0x55555555
      a = (a & 0x33333333) + ((a >>> 2) & 0x33333333) + (b & 0x33333333) + ((b >>> 2) & 0x33333333)
      c = (c & 0x33333333) + ((c >>> 2) & 0x33333333) + (d & 0x33333333) + ((d >>> 2) & 0x33333333)
      a = (a & 0x0f0f0f0f) + ((a >>> 4) & 0x0f0f0f0f) + (c & 0x0f0f0f0f) + ((c >>> 4) & 0x0f0f0f0f)
      sum = (sum + (Math.imul(a, 0x01010101) >>> 24)) | 0
    }
    differences[one] = sum
  }
  return differences
}

/** The difference that about `most` keep within. */
function findLimit(differences: Uint16Array, most: number): number {
  const counts = new Uint32Array(MAX_BITS + 1)
  for (const one of differences) counts[one]!++
  let sum = 0
  for (const [limit, n] of counts.entries()) {
    sum += n
    if (sum >= most) return limit
  }
  return MAX_BITS
}
