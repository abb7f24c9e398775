import { useQuery } from '@tanstack/react-query'
import { Activity, Plus } from 'lucide-react'
import { isLoud } from '../../lib/describe-event.ts'
import { hasPage } from '../../lib/has-page.ts'
import { eventsQuery, statsQuery } from '../../lib/queries.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { EventList } from '../../parts/event-list.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Freshness } from '../../parts/time.tsx'
import { Attention } from './attention.tsx'
import { Checklist } from './checklist.tsx'
import { Tiles } from './tiles.tsx'
import { OVERVIEW_WORDS } from './words.ts'

const SHOWN = 12

export function Page() {
  const { dataUpdatedAt } = useQuery(statsQuery)
  return (
    <Frame
      isWide
      title={OVERVIEW_WORDS.title}
      description={<Freshness at={dataUpdatedAt} />}
      actions={
        hasPage('deploy') && (
          <ButtonLink to="/deploy" variant="primary" icon={Plus}>
            {OVERVIEW_WORDS.steps.deploy}
          </ButtonLink>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <Tiles />
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <div className="flex min-w-0 flex-col gap-4">
            <Attention />
            <Checklist />
          </div>
          <RecentActivity />
        </div>
      </div>
    </Frame>
  )
}

function RecentActivity() {
  const query = useQuery(eventsQuery)
  const events = (query.data?.items ?? []).filter(isLoud).slice(-SHOWN)
  return (
    <Card
      title={OVERVIEW_WORDS.activity}
      isFlush
      actions={
        hasPage('activity') && (
          <ButtonLink to="/activity" size="sm">
            {OVERVIEW_WORDS.allActivity}
          </ButtonLink>
        )
      }
    >
      <ListStates
        query={query}
        count={events.length}
        empty={
          <Empty
            icon={Activity}
            title={OVERVIEW_WORDS.noActivity}
            text={OVERVIEW_WORDS.noActivityText}
            cli="haivemind events -f"
          />
        }
      >
        <EventList events={events} label={OVERVIEW_WORDS.activity} />
      </ListStates>
    </Card>
  )
}
