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
const block = z.object({ at: z.array(z.int()), samples: z.array(z.int()), columns: z.array(list) })

export function encodeSample(row: SampleRow): string {
  return JSON.stringify([row.samples, ...SAMPLE_COLUMNS.map(({ key }) => row[key])])
}

export function decodeSample(serverId: ServerId, at: number, step: number, text: string): SampleRow {
  const [samples, ...cells] = list.parse(decodeJson(text))
  return { serverId, step, at, samples: samples ?? 0, ...nameCells((index) => cells[index]) }
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
  return at.map((place, row) => ({
    serverId,
    step,
    at: from + place * step * 1000,
    samples: samples[row] ?? 0,
    ...nameCells((index) => columns[index]?.[row]),
  }))
}

function nameCells(read: (index: number) => number | null | undefined) {
  const named = SAMPLE_COLUMNS.map(({ key }, index) => [key, read(index) ?? null] as const)
  return Object.fromEntries(named) as Record<SampleColumn, number | null>
}
