/** Which change may have caused it: the last one before it began, if it came shortly before and the same was not seen before it. */
import type { Incident, ServerChange, SuspectedChange } from '../../domain/incident.ts'

/** What was changed earlier is told, but not suspected. */
const SHORTLY_MS = 24 * 3_600_000

/** @param earlier incidents of the server with this subject. Pure. */
export function suspectChange(
  changes: readonly ServerChange[],
  earlier: readonly Pick<Incident, 'openedAt'>[],
  at: number,
): SuspectedChange | null {
  // What the platform raised by itself answers trouble; it makes none.
  const before = changes.filter((change) => change.at <= at && change.kind !== 'limit')
  const [last] = before.toSorted((a, b) => b.at - a.at || b.eventId - a.eventId)
  if (last === undefined) return null
  const wasThere = earlier.some(({ openedAt }) => openedAt < last.at)
  return { ...last, isSuspected: !wasThere && at - last.at <= SHORTLY_MS }
}
