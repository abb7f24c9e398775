import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ShieldCheck } from 'lucide-react'
import type { SecurityListJson } from '../../../src/api/schema/finding.ts'
import { api } from '../../lib/api.ts'
import { mayDo, useMe } from '../../lib/me.ts'
import { useUrlState } from '../../lib/search.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { SelectField } from '../../parts/field.tsx'
import { SeverityCounts } from '../../parts/findings/severity-counts.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Suppressions } from './suppressions.tsx'
import { SECURITY_WORDS } from './words.ts'

type Item = SecurityListJson['items'][number]
const TONES: Readonly<Record<Item['verdict'], Tone>> = {
  pass: 'good',
  review: 'warn',
  block: 'bad',
  not_scanned: 'warn',
}

const COLUMNS: readonly Column<Item>[] = [
  {
    id: 'name',
    label: SECURITY_WORDS.name,
    isHeader: true,
    render: ({ server }) => (
      <Link
        to="/servers/$name/security"
        params={{ name: server } as never}
        className="inline-flex min-h-6 items-center font-medium hover:underline"
      >
        {server}
      </Link>
    ),
  },
  { id: 'version', label: SECURITY_WORDS.version, isNumber: true, render: ({ version }) => version },
  {
    id: 'verdict',
    label: SECURITY_WORDS.verdict,
    render: ({ verdict }) => <Badge tone={TONES[verdict]}>{SECURITY_WORDS.verdicts[verdict]}</Badge>,
  },
  {
    id: 'review',
    label: SECURITY_WORDS.review,
    render: ({ review }) =>
      review === null ? (
        '–'
      ) : review.state === 'pending' ? (
        <Badge tone="warn">{SECURITY_WORDS.waiting}</Badge>
      ) : (
        SECURITY_WORDS.approved
      ),
  },
  { id: 'found', label: SECURITY_WORDS.found, render: ({ counts }) => <SeverityCounts counts={counts} /> },
  {
    id: 'changed',
    label: SECURITY_WORDS.changed,
    isNumber: true,
    render: ({ drifted }) => (drifted === 0 ? '–' : <Badge tone="warn">{drifted}</Badge>),
  },
]

/** Before the others: what waits, then what changed, then by how bad it is. */
function weigh({ review, drifted, counts }: Item): number {
  const severity = (counts?.critical ?? 0) * 1000 + (counts?.high ?? 0) * 100 + (counts?.medium ?? 0)
  return (review?.state === 'pending' ? 1e9 : 0) + (drifted > 0 ? 1e8 : 0) + severity
}

function needsSomebody({ review, drifted, verdict }: Item): boolean {
  return review?.state === 'pending' || drifted > 0 || verdict === 'not_scanned' || verdict === 'block'
}

export function Page() {
  const me = useMe()
  const [{ show }, set] = useUrlState({ show: 'all' })
  const security = useQuery({
    queryKey: ['security'],
    queryFn: ({ signal }) => api<SecurityListJson>('/security', { signal }),
  })
  const items = (security.data?.items ?? [])
    .filter((item) => show === 'all' || needsSomebody(item))
    .toSorted((a, b) => weigh(b) - weigh(a))
  return (
    <Frame title={SECURITY_WORDS.title} description={SECURITY_WORDS.text}>
      <div className="flex flex-col gap-4">
        <Card
          title={SECURITY_WORDS.list}
          isFlush
          actions={
            <SelectField
              label={SECURITY_WORDS.show}
              isLabelHidden
              value={show}
              onChange={(event) => set({ show: event.target.value })}
              options={Object.entries(SECURITY_WORDS.filters).map(([value, label]) => ({ value, label }))}
            />
          }
        >
          <ListStates
            query={security}
            count={items.length}
            filter={
              show === 'all'
                ? null
                : { words: SECURITY_WORDS.filters.attention, onClear: () => set({ show: 'all' }) }
            }
            empty={
              <Empty
                icon={ShieldCheck}
                title={SECURITY_WORDS.emptyTitle}
                text={SECURITY_WORDS.emptyText}
                cli={SECURITY_WORDS.emptyCli}
              />
            }
          >
            <Table
              label={SECURITY_WORDS.list}
              columns={COLUMNS}
              items={items}
              keyOf={({ server }) => server}
            />
          </ListStates>
        </Card>
        {me !== null && mayDo(me, 'admin') && <Suppressions />}
      </div>
    </Frame>
  )
}
