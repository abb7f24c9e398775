/** Steps as they are stored: one as a list of numbers, many as compressed columns. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import type { ServerId } from '../../domain/id.ts'
import { decodeJson } from '../../domain/json.ts'
import { SAMPLE_COLUMNS, type SampleColumn, type SampleRow } from '../../domain/sample.ts'

/** Far beyond a block of 360 steps: what is larger was not written here. */
const MOST_BYTES = 1_048_576

const cell = z.number().nullable()
/** Columns that a later release added are missing in what an earlier one stored. */
const list = z.array(cell)
type Block = {
  readonly at: readonly number[]
  readonly samples: readonly number[]
  readonly columns: readonly (readonly (number | null)[])[]
}
/** Written out: a schema of each number takes longer than all the rest of a reading. */
const block = z.custom<Block>(isBlock, 'not a block of samples')

export function encodeSample(row: SampleRow): string {
  return JSON.stringify([row.samples, ...SAMPLE_COLUMNS.map(({ key }) => row[key])])
}

export function decodeSample(serverId: ServerId, at: number, step: number, text: string): SampleRow {
  const [samples, ...cells] = list.parse(decodeJson(text))
  const row = buildRow({ serverId, step, at, samples: samples ?? 0 })
  for (const [index, { key }] of SAMPLE_COLUMNS.entries()) row[key] = cells[index] ?? null
  return row
}

/** In order of time, all of one server and one step. */
export function encodeBlock(rows: readonly SampleRow[], from: number, step: number): Uint8Array {
  const columns = SAMPLE_COLUMNS.map(({ key }) => rows.map(({ [key]: value }) => value))
  const at = rows.map((row) => (row.at - from) / (step * 1000))
  const text = JSON.stringify({ at, samples: rows.map(({ samples }) => samples), columns })
  return deflateRawSync(text)
}

export function decodeBlock(
  serverId: ServerId,
  from: number,
  step: number,
  bytes: Uint8Array,
): readonly SampleRow[] {
  const text = inflateRawSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8')
  const { at, samples, columns } = block.parse(decodeJson(text))
  const rows = at.map((place, index) =>
    buildRow({ serverId, step, at: from + place * step * 1000, samples: samples[index] ?? 0 }),
  )
  for (const [column, { key }] of SAMPLE_COLUMNS.entries()) {
    const cells = columns[column] ?? []
    for (const [index, row] of rows.entries()) row[key] = cells[index] ?? null
  }
  return rows
}

type Mutable = { -readonly [K in keyof SampleRow]: SampleRow[K] }

/** One shape for all rows: thousands are made for one answer. */
function buildRow(place: Pick<SampleRow, 'serverId' | 'step' | 'at' | 'samples'>): Mutable {
  return { ...place, ...NOTHING }
}

const NOTHING = Object.fromEntries(SAMPLE_COLUMNS.map(({ key }) => [key, null])) as Record<SampleColumn, null>

function isBlock(value: unknown): value is Block {
  if (typeof value !== 'object' || value === null) return false
  const { at, samples, columns } = value as Partial<Record<keyof Block, unknown>>
  if (!isList(at, isNumber) || !isList(samples, isNumber) || !Array.isArray(columns)) return false
  return columns.every((column) => isList(column, isCell))
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const isCell = (value: unknown): value is number | null => value === null || typeof value === 'number'

function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem)
}
