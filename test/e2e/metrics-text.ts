/** Just enough of both text formats to ask what a scrape says. */

/** Each sample by its name and labels, as written; exemplars are left out. */
export function parseSamples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const match = /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)(?: # .*)?$/.exec(line)
      if (match?.[1] === undefined) throw new Error(`no sample: ${line}`)
      const value = match[2] === '+Inf' ? Infinity : Number(match[2])
      if (Number.isNaN(value)) throw new Error(`no number: ${line}`)
      return [match[1], value]
    }),
  )
}

/** The one sample with exactly these labels; undefined where there is none. */
export function sampleOf(
  samples: ReadonlyMap<string, number>,
  name: string,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  for (const [key, value] of samples) {
    const [found, inner = ''] = key.split(/[{}]/)
    const pairs = inner === '' ? [] : inner.split(/,(?=[a-z_]+=")/)
    if (found === name && pairs.toSorted().join() === wanted.toSorted().join()) return value
  }
  return undefined
}
