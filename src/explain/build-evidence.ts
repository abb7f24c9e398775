/** What a model gets to see: short facts with ids, masked; the last words of a process only where the operator says so. */
import { createHash } from 'node:crypto'
import type { Incident } from '../domain/incident.ts'
import { describeIncident } from '../domain/incident-words.ts'
import type { Recommendation } from '../domain/recommendation.ts'
import { describeAdvice, describeBacktest, describeRisk } from '../domain/recommendation-words.ts'

export type Evidence = {
  readonly about: 'incident' | 'recommendation'
  /** What the rules propose: a change of this setting in this direction may be spoken of. Null: of none. */
  readonly proposes: Pick<Recommendation, 'resource' | 'direction'> | null
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
  return seal({ about: 'incident', proposes: null, text, items, tail })
}

/** Nothing of it is what a server wrote. */
export function buildAdviceEvidence(
  server: string,
  item: Recommendation,
  mask: (text: string) => string,
): Evidence {
  const { resource, direction, because, formula, backtest, risk, confidence } = item
  const items = [
    ...because.map(({ id, text }) => ({ id, text: mask(text) })),
    { id: 'formula', text: mask(formula) },
    { id: 'confidence', text: `confidence ${confidence.value}` },
    ...(backtest === null ? [] : [{ id: 'backtest', text: describeBacktest(backtest) }]),
    ...(risk === null ? [] : [{ id: 'risk', text: describeRisk(risk) }]),
  ]
  const text = mask(describeAdvice(server, item))
  return seal({ about: 'recommendation', proposes: { resource, direction }, text, items, tail: '' })
}

function seal(evidence: Omit<Evidence, 'hash'>): Evidence {
  const { text, items, tail } = evidence
  const hash = createHash('sha256')
    .update(JSON.stringify([text, items, tail]))
    .digest('hex')
  return { ...evidence, hash }
}
