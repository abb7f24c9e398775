import { Link } from '@tanstack/react-router'
import type { EventJson } from '../../src/api/schema/event.ts'
import { cn } from '../lib/cn.ts'
import { describeEvent, toneOf } from '../lib/describe-event.ts'
import { Actor } from './actor.tsx'
import { Ago } from './time.tsx'

const DOTS = { good: 'bg-good', warn: 'bg-warn', bad: 'bg-bad', idle: 'bg-line-strong' } as const
const WORDS = { good: 'Good: ', warn: 'Notice: ', bad: 'Trouble: ', idle: '' } as const

/** What happened, the newest first, with who caused it. */
export function EventList({
  events,
  label,
  isOfServer = false,
}: {
  readonly events: readonly EventJson[]
  readonly label: string
  /** All are of the server whose page this is: no links to it. */
  readonly isOfServer?: boolean
}) {
  return (
    <ol aria-label={label} className="flex flex-col">
      {events.toReversed().map((event) => {
        const server = event.data['server']
        const tone = toneOf(event)
        return (
          <li
            key={event.id}
            className="flex items-start gap-3 border-b border-line px-4 py-2 text-sm last:border-0"
          >
            <span aria-hidden className={cn('mt-1.5 size-2 shrink-0 rounded-full', DOTS[tone])} />
            <span className="min-w-0 flex-1 break-words">
              <span className="sr-only">{WORDS[tone]}</span>
              {describeEvent(event)}{' '}
              {!isOfServer &&
                typeof server === 'string' &&
                server !== '' &&
                event.type !== 'server.deleted' && (
                  <Link
                    to={'/servers/$name' as string}
                    params={{ name: server } as never}
                    aria-label={`Open ${server}`}
                    className="inline-flex min-h-6 items-center text-accent underline underline-offset-2"
                  >
                    Open
                  </Link>
                )}
            </span>
            <span className="shrink-0 text-right text-xs text-muted">
              <Ago time={event.time} />
              {event.actor !== 'platform' && (
                <span className="block max-w-28 truncate">
                  <Actor id={event.actor} />
                </span>
              )}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
