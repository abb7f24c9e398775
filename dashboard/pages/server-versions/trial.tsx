import { CircleAlert, Eye } from 'lucide-react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { useNow } from '../../lib/now.ts'
import { Ago } from '../../parts/time.tsx'
import { VERSION_WORDS as WORDS } from './words.ts'

/** A new version that is still watched, and one that failed its watch. */
export function Trial({ server }: { readonly server: ServerJson }) {
  const { version, watched_until: until, failed_version: failed } = server
  const now = useNow()
  return (
    <>
      {failed !== null && (
        <div className="flex items-start gap-3 rounded-md border border-bad/40 bg-bad-soft px-3 py-2.5">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          <p className="min-w-0 break-words">
            <strong className="font-medium text-bad">{WORDS.failedAt(failed.number)}</strong> {failed.reason}{' '}
            <span className="text-sm text-muted">
              <Ago time={failed.at} />
            </span>
          </p>
        </div>
      )}
      {until !== null && version !== null && Date.parse(until) > now && (
        <p className="flex items-start gap-2 text-sm text-muted">
          <Eye aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            {WORDS.trial(version)} {WORDS.trialEnds} <Ago time={until} />.
          </span>
        </p>
      )}
    </>
  )
}
