import { useInfiniteQuery } from '@tanstack/react-query'
import { Download, ScrollText } from 'lucide-react'
import type { AuditListJson, AuditRecordJson } from '../../../src/api/schema/audit.ts'
import { api, buildUrl } from '../../lib/api.ts'
import { useUrlState } from '../../lib/search.ts'
import { Actor } from '../../parts/actor.tsx'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Button, buttonClass } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { Filters } from './filters.tsx'
import { Operations } from './operations.tsx'
import { RecordDialog } from './record-dialog.tsx'
import { VerifyChain } from './verify-chain.tsx'
import { ACTIVITY_WORDS, OUTCOME_WORDS } from './words.ts'

const PAGE = 100
const NO_FILTER = { actor: '', action: '', resource: '', outcome: '', since: '', until: '' }
export type AuditFilter = Readonly<Record<keyof typeof NO_FILTER, string>>

const TONES: Readonly<Record<AuditRecordJson['outcome'], Tone>> = {
  attempt: 'idle',
  success: 'good',
  failure: 'bad',
  denied: 'warn',
}

export function Page() {
  const [{ tab }, set] = useUrlState({ tab: 'audit', status: '' })
  const { tabs } = ACTIVITY_WORDS
  return (
    <Frame
      title={ACTIVITY_WORDS.title}
      description={ACTIVITY_WORDS.text}
      actions={
        <a href={buildUrl('/audit/export')} download="audit.jsonl" className={buttonClass()}>
          <Download aria-hidden className="size-4" />
          {ACTIVITY_WORDS.download}
        </a>
      }
    >
      <Tabs
        label={tabs.list}
        value={tab === 'operations' ? 'operations' : 'audit'}
        onChange={(next) => set({ tab: next }, 'push')}
        tabs={[
          { value: 'audit', label: tabs.audit, content: <Audit /> },
          { value: 'operations', label: tabs.operations, content: <Operations /> },
        ]}
      />
    </Frame>
  )
}

function Audit() {
  const [{ record, ...filter }, set] = useUrlState({ ...NO_FILTER, record: '' })
  const records = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      api<AuditListJson>('/audit', { query: { ...toQuery(filter), limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  const items = records.data?.pages.flatMap((page) => page.items) ?? []
  const used = Object.entries(filter).filter(([, value]) => value !== '')
  const selected = items.find(({ seq }) => String(seq) === record) ?? null

  return (
    <>
      <div className="flex flex-col gap-4">
        <VerifyChain />
        <Filters filter={filter} onChange={(change) => set(change)} />
        <Card isFlush>
          <ListStates
            query={records}
            count={items.length}
            filter={
              used.length === 0
                ? null
                : {
                    words: used.map(([name, value]) => `${name} ${value}`).join(', '),
                    onClear: () => set(NO_FILTER),
                  }
            }
            empty={
              <Empty
                icon={ScrollText}
                title={ACTIVITY_WORDS.emptyTitle}
                text={ACTIVITY_WORDS.emptyText}
                cli={ACTIVITY_WORDS.emptyCli}
              />
            }
          >
            <Table
              label={ACTIVITY_WORDS.list}
              columns={buildColumns((seq) => set({ record: String(seq) }, 'push'))}
              items={items}
              keyOf={({ seq }) => String(seq)}
            />
            <div className="flex justify-center border-t border-line p-3 text-sm text-muted">
              {records.hasNextPage ? (
                <Button onClick={() => void records.fetchNextPage()} isBusy={records.isFetchingNextPage}>
                  {ACTIVITY_WORDS.more}
                </Button>
              ) : (
                ACTIVITY_WORDS.end
              )}
            </div>
          </ListStates>
        </Card>
      </div>
      <RecordDialog record={selected} onClose={() => set({ record: '' })} />
    </>
  )
}

/** The platform takes moments of RFC 3339; the field gives a local one without a zone. */
function toQuery({ since, until, ...rest }: AuditFilter): Readonly<Record<string, string>> {
  return { ...rest, since: toMoment(since), until: toMoment(until) }
}

function toMoment(local: string): string {
  const time = Date.parse(local)
  return Number.isNaN(time) ? '' : new Date(time).toISOString()
}

function buildColumns(open: (seq: number) => void): readonly Column<AuditRecordJson>[] {
  const { columns } = ACTIVITY_WORDS
  return [
    {
      id: 'time',
      label: columns.time,
      className: 'whitespace-nowrap text-muted',
      render: ({ ts }) => <Ago time={ts} />,
    },
    {
      id: 'actor',
      label: columns.actor,
      className: 'max-w-56 truncate',
      render: ({ actor }) => <Actor id={actor} />,
    },
    {
      id: 'action',
      label: columns.action,
      isHeader: true,
      render: ({ seq, action }) => (
        <button
          type="button"
          className="min-h-6 rounded-sm text-left font-medium hover:underline"
          aria-label={`${action}: ${ACTIVITY_WORDS.openRecord(seq)}`}
          onClick={() => open(seq)}
        >
          {action}
        </button>
      ),
    },
    {
      id: 'resource',
      label: columns.resource,
      className: 'max-w-64 truncate',
      render: ({ resource }) => resource ?? '–',
    },
    {
      id: 'outcome',
      label: columns.outcome,
      render: ({ outcome }) => <Badge tone={TONES[outcome]}>{OUTCOME_WORDS[outcome]}</Badge>,
    },
    { id: 'via', label: columns.via, className: 'text-muted', render: ({ via }) => via },
  ]
}
