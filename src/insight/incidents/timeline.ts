import type { Incident, TimelineEntry } from '../../domain/incident.ts'

/** How it began is always kept, and what is newest. */
const FIRST = 20
const MOST = 200
const MAX_TEXT = 500

/** Pure. */
export function addToTimeline<T extends Pick<Incident, 'timeline' | 'omitted'>>(
  incident: T,
  entry: Omit<TimelineEntry, 'id'>,
): T {
  const { timeline, omitted } = incident
  const id = `ev${timeline.length + omitted + 1}`
  const text = entry.text.length > MAX_TEXT ? `${entry.text.slice(0, MAX_TEXT)}…` : entry.text
  const longer = [...timeline, { ...entry, id, text }]
  if (longer.length <= MOST) return { ...incident, timeline: longer }
  return { ...incident, timeline: longer.toSpliced(FIRST, 1), omitted: omitted + 1 }
}
