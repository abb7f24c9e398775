/** Advice as an event. */
import type { PlatformEvent } from '../../domain/event.ts'
import type { Recommendation, Setting } from '../../domain/recommendation.ts'
import type { HostingContext } from '../context.ts'

type Told = Exclude<
  Extract<PlatformEvent, { type: `recommendation.${string}` }>['type'],
  'recommendation.applied'
>

export function buildAdviceFields(
  server: string,
  item: Recommendation,
  change: { readonly from: Setting; readonly to: Setting; readonly reason: string },
) {
  const { id, serverId, resource, tier, confidence } = item
  return { recommendationId: id, serverId, server, resource, tier, confidence: confidence.value, ...change }
}

/** @param reason one sentence without a full stop */
export function tellAdvice(
  { events }: Pick<HostingContext, 'events'>,
  type: Told,
  server: string,
  item: Recommendation,
  told: { readonly from?: Setting; readonly to?: Setting; readonly reason: string },
  actor = 'platform',
): void {
  const change = { from: item.current, to: item.proposed, ...told }
  events.emit({ type, ...buildAdviceFields(server, item, change) }, actor)
}

/** What its evidence says, as one sentence. */
export function renderWhy({ because, formula }: Pick<Recommendation, 'because' | 'formula'>): string {
  const [first] = because
  return first === undefined ? formula : `${first.text} (${formula})`
}
