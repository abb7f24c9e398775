/**
 * Counters, gauges and histograms in memory. Every metric has a fixed set of labels; where their values come from
 * outside, a cap bounds how many are told apart, and the rest count as `other`. Counters fall only at a restart.
 */

export type MetricKind = 'counter' | 'gauge' | 'histogram'

export type MetricDefinition = {
  /** As Prometheus knows it: counters end in `_total`, others in their unit where they have one. */
  readonly name: string
  readonly kind: MetricKind
  /** One sentence. */
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds, rising; histograms only. */
  readonly buckets?: readonly number[]
  /** How many values of one label are told apart within each value of another. */
  readonly cap?: { readonly label: string; readonly within: string; readonly max: number }
}

/** Beyond a cap. */
export const OTHER = 'other'

/** A call that fell into a bucket, so that whoever sees the bucket can look at one. Times in milliseconds. */
export type Exemplar = { traceId: string; value: number; at: number }

/** One set of label values. Whoever counts often keeps it. */
export type Series = {
  /** In the order of the definition. */
  readonly labels: readonly string[]
  /** Of a histogram: the sum of what was observed. */
  value: number
  /** Of a histogram, one for each bucket and one for what is above all; else null. Not cumulative. */
  readonly counts: number[] | null
  readonly exemplars: (Exemplar | null)[] | null
}

export interface Metric {
  readonly definition: MetricDefinition
  /** The series of these label values, made if need be. Over the cap it is that of `other`. */
  series(...labels: readonly string[]): Series
  add(amount: number, ...labels: readonly string[]): void
  set(value: number, ...labels: readonly string[]): void
  observe(value: number, ...labels: readonly string[]): void
  /** Is this value of the capped label told apart, or is there room for it? */
  hasRoom(within: string, value: string): boolean
  /** What a gauge says from now on; series that are not among these are gone. */
  replace(rows: readonly (readonly [value: number, ...labels: readonly string[]])[]): void
  /** Its subject is gone for good. */
  forget(label: string, value: string): void
  list(): IterableIterator<Series>
}

export type Metrics<K extends string> = Readonly<Record<K, Metric>>

export function createMetrics<K extends string>(
  definitions: Readonly<Record<K, MetricDefinition>>,
): Metrics<K> {
  const entries = Object.entries<MetricDefinition>(definitions)
  return Object.fromEntries(entries.map(([key, definition]) => [key, createMetric(definition)])) as Record<
    K,
    Metric
  >
}

/** Cannot be in a label: names come from archives and clients that are checked for control characters, and it is one. */
const SEPARATOR = '\u0000'

function createMetric(definition: MetricDefinition): Metric {
  const { kind, labels: names, buckets = [], cap } = definition
  const all = new Map<string, Series>()
  const seen = new Map<string, Set<string>>()
  const capped = cap === undefined ? -1 : names.indexOf(cap.label)
  const owner = cap === undefined ? -1 : names.indexOf(cap.within)

  const hasRoom = (within: string, value: string) => {
    const known = seen.get(within)
    return known === undefined || known.has(value) || known.size < (cap?.max ?? Infinity)
  }
  const bound = (labels: readonly string[]): readonly string[] => {
    const value = labels[capped]
    // Empty: the label does not apply.
    if (value === undefined || value === '' || value === OTHER) return labels
    const within = labels[owner] ?? ''
    if (!hasRoom(within, value)) return labels.with(capped, OTHER)
    const known = seen.get(within) ?? new Set()
    seen.set(within, known.add(value))
    return labels
  }
  const build = (labels: readonly string[]): Series => ({
    labels,
    value: 0,
    counts: kind === 'histogram' ? Array.from({ length: buckets.length + 1 }, () => 0) : null,
    exemplars: kind === 'histogram' ? Array.from({ length: buckets.length + 1 }, () => null) : null,
  })
  const series = (...given: readonly string[]): Series => {
    if (given.length !== names.length)
      throw new Error(`${definition.name} has the labels ${names.join(', ')}`)
    const labels = bound(given)
    const key = labels.join(SEPARATOR)
    let found = all.get(key)
    if (found === undefined) all.set(key, (found = build([...labels])))
    return found
  }

  return {
    definition,
    series,
    add(amount, ...labels) {
      series(...labels).value += amount
    },
    set(value, ...labels) {
      series(...labels).value = value
    },
    observe: (value, ...labels) => observe(series(...labels), buckets, value),
    hasRoom,
    replace(rows) {
      all.clear()
      for (const [value, ...labels] of rows) series(...labels).value = value
    },
    forget(label, value) {
      const at = names.indexOf(label)
      for (const [key, { labels }] of all) if (labels[at] === value) all.delete(key)
      if (cap?.within === label) seen.delete(value)
    },
    list: () => all.values(),
  }
}

/** On the way of every call: nothing is made here but what the first exemplar of a bucket needs. */
export function observe(
  series: Series,
  buckets: readonly number[],
  value: number,
  traceId: string | null = null,
  at = 0,
): void {
  const { counts, exemplars } = series
  if (counts === null || exemplars === null) return
  let bucket = 0
  while (bucket < buckets.length && value > buckets[bucket]!) bucket++
  counts[bucket]!++
  series.value += value
  if (traceId === null) return
  const exemplar = exemplars[bucket]
  if (exemplar === null || exemplar === undefined) exemplars[bucket] = { traceId, value, at }
  else {
    exemplar.traceId = traceId
    exemplar.value = value
    exemplar.at = at
  }
}
