import { useQuery } from '@tanstack/react-query'
import { Lightbulb, Plug } from 'lucide-react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { isLoud } from '../../lib/describe-event.ts'
import { hasPage } from '../../lib/has-page.ts'
import { useNow } from '../../lib/now.ts'
import { eventsQuery } from '../../lib/queries.ts'
import { useServer } from '../../lib/use-server.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { EventList } from '../../parts/event-list.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { About } from './about.tsx'
import { Calls } from './calls.tsx'
import { describeServer } from './describe-server.ts'
import { HealthBar } from './health-bar.tsx'
import { Resources } from './resources.tsx'
import { SERVER_WORDS } from './words.ts'

export function Page() {
  const server = useServer()
  if (server === null) {
    return (
      <div className="flex flex-col gap-4">
        <Skeleton className="h-14 rounded-lg" />
        <Skeleton className="h-64 rounded-lg" />
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-4">
      <Standing server={server} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <LastEnd server={server} />
          <Card
            title={SERVER_WORDS.endpoint}
            description={SERVER_WORDS.endpointText}
            actions={
              hasPage('server-connect') && (
                <ButtonLink to={`/servers/${server.name}/connect`} variant="primary" icon={Plug}>
                  {SERVER_WORDS.connect}
                </ButtonLink>
              )
            }
          >
            <CodeBlock code={server.endpoint} what="endpoint" />
          </Card>
          <HealthBar name={server.name} />
          <Calls name={server.name} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Resources server={server} />
          <About server={server} />
          <Timeline name={server.name} />
        </div>
      </div>
    </div>
  )
}

/** The one sentence, and what is not as it should be with what is done about it. */
function Standing({ server }: { readonly server: ServerJson }) {
  const now = useNow()
  return (
    <div className="flex flex-col gap-2">
      <p className="text-lg break-words" data-sentence>
        {describeServer(server, now)}
      </p>
      {server.differences.map(({ kind, reason, next_step, since }) => (
        <p key={kind} className="rounded-md bg-warn-soft px-3 py-2 text-sm">
          <strong className="font-semibold">{SERVER_WORDS.differences}</strong> <Ago time={since} />: {reason}{' '}
          {next_step}
        </p>
      ))}
    </div>
  )
}

/** For a server that is down by itself: cause, what helps, and its last words. */
function LastEnd({ server: { status, last_exit, restarts } }: { readonly server: ServerJson }) {
  const isDown = status === 'failed' || status === 'backoff' || (status === 'starting' && restarts > 0)
  if (!isDown || last_exit === null) return null
  const { detail, hint, stderr_tail, at, cause } = last_exit
  return (
    <Card title={SERVER_WORDS.lastEnd} description={<Ago time={at} />}>
      <p className="font-medium break-words text-bad">
        {detail} <span className="text-sm font-normal text-muted">({cause})</span>
      </p>
      {hint !== null && (
        <p className="mt-2 flex items-start gap-2 rounded-md bg-accent-soft px-3 py-2 text-sm">
          <Lightbulb aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
          <span className="min-w-0 break-words">{hint}</span>
        </p>
      )}
      {stderr_tail.trim() !== '' && (
        <div className="mt-3">
          <p className="mb-1 text-xs text-muted">{SERVER_WORDS.stderr}</p>
          <CodeBlock code={lastLines(stderr_tail)} what="last words" isWrapped />
        </div>
      )}
    </Card>
  )
}

const LINES = 50

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-LINES).join('\n')
}

const SHOWN = 10

function Timeline({ name }: { readonly name: string }) {
  const query = useQuery(eventsQuery)
  const events = (query.data?.items ?? [])
    .filter((event) => event.data['server'] === name && isLoud(event))
    .slice(-SHOWN)
  return (
    <Card title={SERVER_WORDS.timeline} isFlush>
      {events.length === 0 ? (
        <p className="px-4 py-5 text-muted">{SERVER_WORDS.timelineNone}</p>
      ) : (
        <EventList events={events} label={SERVER_WORDS.timeline} isOfServer />
      )}
    </Card>
  )
}
