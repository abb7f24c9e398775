/** What a model gets to see of an incident: short facts with ids, masked; the last words only where the operator says so. */
import { createHash } from 'node:crypto'
import type { Incident } from '../domain/incident.ts'
import { describeIncident } from '../domain/incident-words.ts'

export type Evidence = {
  /** The text of the rules: it stands where no model speaks. */
  readonly text: string
  readonly items: readonly { readonly id: string; readonly text: string }[]
  /** Empty: not shown. */
  readonly tail: string
  readonly hash: string
}

const MOST_ITEMS = 40

/** @param sendsTail the operator lets what servers write leave the platform */
export function buildEvidence(
  incident: Incident,
  mask: (text: string) => string,
  sendsTail: boolean,
): Evidence {
  const { timeline, change, hint } = incident
  const shown =
    timeline.length <= MOST_ITEMS
      ? timeline
      : [...timeline.slice(0, MOST_ITEMS / 2), ...timeline.slice(-MOST_ITEMS / 2)]
  const items = [
    ...shown.map(({ id, at, text }) => ({ id, text: `${new Date(at).toISOString()} ${mask(text)}` })),
    ...(change === null
      ? []
      : [{ id: 'change', text: `${new Date(change.at).toISOString()} ${mask(change.text)}` }]),
    ...(hint === null ? [] : [{ id: 'hint', text: mask(hint) }]),
  ]
  const text = mask(describeIncident(incident))
  const tail = sendsTail ? mask(incident.tail) : ''
  const hash = createHash('sha256')
    .update(JSON.stringify([text, items, tail]))
    .digest('hex')
  return { text, items, tail, hash }
}
