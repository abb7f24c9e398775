import { LoaderCircle, PlugZap } from 'lucide-react'
import { stripUnseen } from '../../lib/ansi.ts'
import { cn } from '../../lib/cn.ts'
import { Ago } from '../time.tsx'
import { useArrivals } from './use-arrivals.ts'
import { CONNECT_WORDS } from './words.ts'

/** Waits for a real client, and names it when it is there. What the platform tries by itself is none. */
export function Arrivals({
  server,
  tools,
}: {
  /** Null: the hub. */
  readonly server: string | null
  readonly tools: number | null
}) {
  const arrivals = useArrivals(server)
  const isThere = arrivals.length > 0
  return (
    <section
      role="status"
      className={cn(
        'rounded-lg border px-4 py-3',
        isThere ? 'border-good/40 bg-good-soft' : 'border-line bg-surface shadow-raised',
      )}
    >
      {!isThere && (
        <div className="flex items-center gap-2.5">
          <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-muted" />
          <p className="min-w-0 text-sm">
            <span className="font-medium">{CONNECT_WORDS.waiting}</span>{' '}
            <span className="text-muted">{CONNECT_WORDS.waitingText}</span>
          </p>
        </div>
      )}
      <ul className="flex flex-col gap-1.5">
        {arrivals.map(({ id, time, client, version, protocol }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-2.5 gap-y-0.5">
            <PlugZap aria-hidden className="size-4 shrink-0 text-good" />
            <span className="min-w-0 font-medium break-all text-good">
              {CONNECT_WORDS.connected(stripUnseen(client), stripUnseen(version), tools)}
            </span>
            <span className="text-xs text-muted">
              {CONNECT_WORDS.speaks(protocol)}, <Ago time={time} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
