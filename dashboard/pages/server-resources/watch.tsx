import { Bell, BellOff } from 'lucide-react'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Ago } from '../../parts/time.tsx'
import type { Watched } from './use-watched.ts'
import { RESOURCES_WORDS } from './words.ts'

/** Told of the changes of one resource, as they happen. */
export function Watch({
  uri,
  watched,
  canWatch,
}: {
  readonly uri: string
  readonly watched: Watched
  readonly canWatch: boolean
}) {
  const state = watched.of(uri)
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        icon={state === null ? Bell : BellOff}
        reason={canWatch ? null : RESOURCES_WORDS.noWatch}
        title={RESOURCES_WORDS.watchNote}
        onClick={() => watched.set(state === null ? uri : null)}
      >
        {state === null ? RESOURCES_WORDS.watch : RESOURCES_WORDS.unwatch}
      </Button>
      {state !== null && (
        <span role="status" data-watch={state.state} className="text-sm text-muted">
          {state.state === 'refused' ? (
            <Badge tone="warn">{RESOURCES_WORDS.notGranted}</Badge>
          ) : state.state === 'broken' ? (
            <Badge tone="warn">{RESOURCES_WORDS.broken}</Badge>
          ) : (
            <>
              {RESOURCES_WORDS.watching}: {RESOURCES_WORDS.updates(state.count)}{' '}
              {state.at !== null && <Ago time={state.at} />}
            </>
          )}
        </span>
      )}
    </div>
  )
}
