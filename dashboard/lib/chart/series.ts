/** Columns of numbers over time, as charts, tables and files need them. What was not measured is a gap everywhere. */
export type Series = {
  readonly label: string
  readonly values: readonly (number | null)[]
  /** A value as text with its unit. */
  readonly format: (value: number) => string
  /** The unit in a file's header: `bytes`, `percent`. */
  readonly unit: string
  /** A limit rather than a measure: a line that is broken. */
  readonly isLimit?: boolean
  /** Which of the lines of the palette; its place among the series otherwise. */
  readonly line?: number
}
export type ChartData = {
  /** Seconds since the epoch, rising. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
}
/** Something that happened at a time: a deployment, a restart. */
export type Mark = { readonly time: number; readonly label: string }

/**
 * Where samples are missing altogether, nulls go in, or a line would lead over hours in which nothing was seen.
 * @param step seconds between two samples
 */
export function withGaps(data: ChartData, step: number): ChartData {
  const holes = data.times.flatMap((time, index) => {
    const before = data.times[index - 1]
    return before !== undefined && time - before > step * 2.5 ? [{ at: index, time: before + step }] : []
  })
  if (holes.length === 0) return data
  const insert = <T>(list: readonly T[], make: (hole: (typeof holes)[number]) => T): T[] => {
    const result: T[] = []
    let next = 0
    for (const [index, item] of list.entries()) {
      if (holes[next]?.at === index) result.push(make(holes[next++]!))
      result.push(item)
    }
    return result
  }
  return {
    times: insert(data.times, ({ time }) => time),
    series: data.series.map((series) => ({
      ...series,
      values: insert<number | null>(series.values, () => null),
    })),
  }
}

/** The chart in one sentence, for who cannot see it. */
export function summarize({ times, series }: ChartData, formatTime: (seconds: number) => string): string {
  const from = times[0]
  const to = times.at(-1)
  if (from === undefined || to === undefined) return 'Nothing was measured in this time.'
  const parts = series.flatMap(({ label, values, format, isLimit }) => {
    const known = values.filter((value) => value !== null)
    const last = known.at(-1)
    if (last === undefined) return [`${label}: not measured`]
    if (isLimit === true) return [`${label} ${format(last)}`]
    const lowest = known.reduce((least, value) => Math.min(least, value), Infinity)
    const highest = known.reduce((most, value) => Math.max(most, value), -Infinity)
    return [`${label} ${format(last)} at the end, from ${format(lowest)} to ${format(highest)}`]
  })
  return `From ${formatTime(from)} to ${formatTime(to)}: ${parts.join('; ')}.`
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is text. */
export function renderCsv({ times, series }: ChartData): string {
  const header = ['time', ...series.map(({ label, unit }) => `${label} (${unit})`)]
  const rows = times.map((time, index) => [
    new Date(time * 1000).toISOString(),
    ...series.map(({ values }) => values[index]?.toString() ?? ''),
  ])
  return `${[header.map(escapeText), ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`
}

function escapeText(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** At most so many rows, evenly over the whole: a table of thousands is no alternative to anything. */
export function thin(data: ChartData, most: number): ChartData {
  if (data.times.length <= most) return data
  const picked = Array.from({ length: most }, (_, index) =>
    Math.round((index * (data.times.length - 1)) / (most - 1)),
  )
  return {
    times: picked.map((index) => data.times[index]!),
    series: data.series.map((series) => ({
      ...series,
      values: picked.map((index) => series.values[index] ?? null),
    })),
  }
}
