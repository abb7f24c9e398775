import { useQuery } from '@tanstack/react-query'
import { BellOff } from 'lucide-react'
import type { ChannelJson, NoticeListJson } from '../../../../src/api/schema/notification.ts'
import { NOTICE_STATES } from '../../../../src/domain/notification.ts'
import { api } from '../../../lib/api.ts'
import { useUrlState } from '../../../lib/search.ts'
import { Badge, type Tone } from '../../../parts/badge.tsx'
import { Card } from '../../../parts/card.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { SelectField } from '../../../parts/field.tsx'
import { ListStates } from '../../../parts/list-states.tsx'
import { Table, type Column } from '../../../parts/table.tsx'
import { Ago } from '../../../parts/time.tsx'
import { WORDS } from './words.ts'

type NoticeJson = NoticeListJson['items'][number]
const TONES: Readonly<Record<NoticeJson['state'], Tone>> = { waiting: 'accent', sent: 'good', failed: 'bad' }
const LOOK_MS = 5_000

/** The log of what was told: what became of each. */
export function Notices({ channels }: { readonly channels: readonly ChannelJson[] }) {
  const [{ state }, set] = useUrlState({ state: '' })
  const found = useQuery({
    queryKey: ['notices', state],
    queryFn: ({ signal }) => api<NoticeListJson>('/notifications', { query: { state, limit: 100 }, signal }),
    refetchInterval: LOOK_MS,
  })
  const items = found.data?.items ?? []
  return (
    <Card
      title={WORDS.log}
      description={WORDS.logText}
      isFlush
      actions={
        <SelectField
          label={WORDS.logState}
          isLabelHidden
          value={state}
          onChange={(event) => set({ state: event.target.value })}
          options={[
            { value: '', label: WORDS.anyState },
            ...NOTICE_STATES.map((value) => ({ value, label: WORDS.states[value] })),
          ]}
        />
      }
    >
      <ListStates
        query={found}
        count={items.length}
        filter={
          state === ''
            ? null
            : {
                words: WORDS.states[state as NoticeJson['state']] ?? state,
                onClear: () => set({ state: '' }),
              }
        }
        empty={<Empty icon={BellOff} title={WORDS.logEmpty} text={WORDS.logEmptyText} cli={WORDS.logCli} />}
      >
        <Table label={WORDS.log} columns={buildColumns(channels)} items={items} keyOf={({ id }) => id} />
      </ListStates>
    </Card>
  )
}

function buildColumns(channels: readonly ChannelJson[]): readonly Column<NoticeJson>[] {
  return [
    {
      id: 'when',
      label: WORDS.when,
      className: 'whitespace-nowrap text-muted',
      render: ({ at }) => <Ago time={at} />,
    },
    {
      id: 'what',
      label: WORDS.what,
      isHeader: true,
      render: ({ title, text }) => (
        <span className="block min-w-56">
          <span className="font-medium break-words">{title}</span>
          <span className="block text-xs break-words text-muted">{text}</span>
        </span>
      ),
    },
    {
      id: 'channel',
      label: WORDS.channel,
      className: 'whitespace-nowrap',
      render: ({ channel }) => channels.find(({ id }) => id === channel)?.name ?? WORDS.gone,
    },
    {
      id: 'state',
      label: WORDS.state,
      render: ({ state, attempts, error, next_try_at: next }) => (
        <span className="flex min-w-32 flex-col items-start gap-0.5">
          <Badge tone={TONES[state]}>{WORDS.states[state]}</Badge>
          {error !== null && <span className="text-xs break-words text-muted">{error}</span>}
          {attempts > 1 && <span className="text-xs text-muted">{WORDS.tries(attempts)}</span>}
          {next !== null && attempts > 0 && (
            <span className="text-xs text-muted">
              {WORDS.nextTry} <Ago time={next} />
            </span>
          )}
        </span>
      ),
    },
  ]
}
