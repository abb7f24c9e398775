/**
 * Recorded traces: CSV files, one a server, named after it. Columns `time` (Unix seconds or RFC 3339), `memory_bytes`,
 * and perhaps `cpu_millicores`, `memory_provisioned_bytes`, `cpu_provisioned_millicores`. Rows are brought to one per
 * 300 s: the highest memory, the mean CPU. An empty field is missing.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { STEPS_PER_DAY, type Trace } from './trace.ts'

const STEP_SECONDS = 300
const MIB = 1024 ** 2
const LEAST_PEAK_MIB = 20
const MOST_MISSING = 0.1
const WARM_UP_DAYS = 3
/** A year and a day: a wrong time in one row must not ask for memory without end. */
const MOST_STEPS = 366 * STEPS_PER_DAY

export type Recordings = { readonly traces: readonly Trace[]; readonly skipped: readonly string[] }

export function readTraces(folder: string): Recordings {
  const traces: Trace[] = []
  const skipped: string[] = []
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .sort()) {
    const trace = parseTrace(file.slice(0, -4), readFileSync(join(folder, file), 'utf8'))
    if (typeof trace === 'string') skipped.push(`${file}: ${trace}`)
    else traces.push(trace)
  }
  return { traces, skipped }
}

/** The trace, or why there is none. */
export function parseTrace(name: string, text: string): Trace | string {
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const columns = header.split(',').map((column) => column.trim())
  if (!columns.includes('time') || !columns.includes('memory_bytes')) return 'no column time or memory_bytes'
  const rows = lines.map((line) => {
    const fields = line.split(',')
    return (column: string): string => fields[columns.indexOf(column)]?.trim() ?? ''
  })
  const times = rows.map((row) => parseTime(row('time')))
  const known = times.filter((time) => Number.isFinite(time))
  if (known.length === 0) return 'no time that can be read'
  const start = known.reduce((least, time) => Math.min(least, time))
  const end = known.reduce((most, time) => Math.max(most, time))
  const steps = Math.floor((end - start) / STEP_SECONDS) + 1
  if (steps > MOST_STEPS) return 'more than a year'
  if (steps < (WARM_UP_DAYS + 1) * STEPS_PER_DAY) return `less than ${WARM_UP_DAYS + 1} days`

  const memory = new Float64Array(steps).fill(Number.NaN)
  const cpu = new Float64Array(steps)
  const cpuRows = new Float64Array(steps)
  let provisionedMib = 0
  let provisionedMillicores = 0
  for (const [index, row] of rows.entries()) {
    const step = Math.floor((times[index]! - start) / STEP_SECONDS)
    if (!Number.isFinite(step)) continue
    const used = parseNumber(row('memory_bytes')) / MIB
    if (Number.isFinite(used)) memory[step] = Math.max(Number.isNaN(memory[step]!) ? 0 : memory[step]!, used)
    const millicores = parseNumber(row('cpu_millicores'))
    if (Number.isFinite(millicores)) {
      cpu[step]! += millicores
      cpuRows[step]!++
    }
    provisionedMib = Math.max(provisionedMib, parseNumber(row('memory_provisioned_bytes')) / MIB || 0)
    provisionedMillicores = Math.max(
      provisionedMillicores,
      parseNumber(row('cpu_provisioned_millicores')) || 0,
    )
  }
  const missing = memory.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0)
  if (missing > MOST_MISSING * steps) return `${missing} of ${steps} steps missing`
  // A gap holds what was seen before it.
  for (let step = 0; step < steps; step++) {
    if (Number.isNaN(memory[step]!)) memory[step] = step === 0 ? 0 : memory[step - 1]!
    cpu[step] = cpuRows[step]! > 0 ? cpu[step]! / cpuRows[step]! : step === 0 ? 0 : cpu[step - 1]!
  }
  const peak = memory.reduce((most, value) => Math.max(most, value), 0)
  if (peak <= LEAST_PEAK_MIB) return `a peak of ${peak.toFixed(0)} MiB`
  return {
    name,
    kind: 'recorded',
    memory,
    cpu: cpuRows.some((count) => count > 0) ? cpu : undefined,
    leak: 0,
    // Where nobody recorded what it was given: twice the most it ever used.
    provisionedMib: provisionedMib > 0 ? provisionedMib : 2 * peak,
    provisionedMillicores: provisionedMillicores > 0 ? provisionedMillicores : 1000,
    warmUpDays: WARM_UP_DAYS,
  }
}

function parseTime(text: string): number {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000
}

function parseNumber(text: string): number {
  return text === '' ? Number.NaN : Number(text)
}

/** Rules may be tuned on one half of the recordings; what is reported is the other, chosen by name alone. */
export function isReported({ name }: Trace): boolean {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
  return (hash >>> 16) % 2 === 1
}
