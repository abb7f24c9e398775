import type { FirstLimit } from './predict-limit.ts'

/** One sentence for the log of a deployment and for the status. Pure. */
export function describeFirstLimit(limit: FirstLimit, defaultMib: number): string {
  if (limit.kind === 'default') {
    return `limit ${defaultMib} MiB, the default: nobody set one, and nothing is known yet (${limit.why})`
  }
  const teachers = limit.teachers.map(
    ({ server, peer, peakMib }) =>
      `${server}${peer === null ? '' : ` on ${peer}`} (${Math.round(peakMib)} MiB)`,
  )
  const parts = limit.parts.map((part) => `${describePart(part.what)} ${part.mib}`)
  return (
    `limit ${limit.mib} MiB, learned from ${teachers.join(', ')} of ${limit.rows} servers: ` +
    `${parts.join(' + ').replaceAll('+ -', '- ')}; confidence ${limit.confidence.toFixed(2)}`
  )
}

function describePart(what: string): string {
  const [kind, name] = [what.slice(0, what.indexOf(':')), what.slice(what.indexOf(':') + 1)]
  if (kind === 'runtime' || kind === 'dependency') return name
  return kind === 'unknown' ? `${name} unknown ${name === '1' ? 'dependency' : 'dependencies'}` : what
}
