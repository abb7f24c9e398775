import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChartLine } from 'lucide-react'
import { useMemo } from 'react'
import type { RecommendationJson } from '../../../src/api/schema/recommendation.ts'
import type { SamplesJson } from '../../../src/api/schema/samples.ts'
import { api } from '../../lib/api.ts'
import { parseRange, renderRange, type TimeRange } from '../../lib/chart/range.ts'
import { withGaps } from '../../lib/chart/series.ts'
import { useNow } from '../../lib/now.ts'
import { versionsQuery } from '../../lib/queries.ts'
import { buildChart, readColumn } from '../../lib/samples/read-samples.ts'
import { useUrlState } from '../../lib/search.ts'
import { useServerName } from '../../lib/use-server.ts'
import { Card } from '../../parts/card.tsx'
import { Chart } from '../../parts/chart/chart.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { RecommendationCard } from '../../parts/recommendation/recommendation-card.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { CHARTS, COLUMNS, drawProposed } from './charts.ts'
import { RangePicker } from './range-picker.tsx'
import { EgressTable, ToolTable } from './tables.tsx'
import { METRICS_WORDS } from './words.ts'

/** A sample is kept each ten seconds: asking more often shows nothing new. */
const STEP_SECONDS = 10
const NONE: readonly RecommendationJson[] = []

export function Page() {
  const name = useServerName()
  const [url, setUrl] = useUrlState({ range: '1h' })
  const now = Math.floor(useNow() / 1000 / STEP_SECONDS) * STEP_SECONDS
  const range = useMemo(() => parseRange(url.range, now), [url.range, now])
  const samples = useQuery({
    queryKey: ['server', name, 'samples', range.name ?? url.range, range.to],
    queryFn: ({ signal }) =>
      api<SamplesJson>(`/servers/${encodeURIComponent(name)}/samples`, {
        query: { from: toTime(range.from), to: toTime(range.to), columns: COLUMNS },
        signal,
      }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 30_000,
  })
  const recommended = useQuery({
    queryKey: ['recommendations', 'open', name],
    queryFn: ({ signal }) =>
      api<{ readonly items: readonly RecommendationJson[] }>('/recommendations', {
        query: { server: name, state: 'open' },
        signal,
      }),
    refetchInterval: 30_000,
  })
  const open = recommended.data?.items ?? NONE
  const zoom = (from: number, to: number) => setUrl({ range: renderRange(from, to) }, 'push')
  const seen =
    samples.data === undefined
      ? 0
      : readColumn(samples.data, 'samples').filter((looks) => (looks ?? 0) > 0).length
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {open.length > 0 && (
        <Card title={METRICS_WORDS.recommended} description={METRICS_WORDS.recommendedText} isFlush>
          {open.map((item) => (
            <RecommendationCard key={item.id} item={item} />
          ))}
        </Card>
      )}
      <RangePicker range={range} onPick={(text) => setUrl({ range: text }, 'push')} />
      <ListStates
        query={samples}
        count={seen}
        skeleton={<ChartSkeletons />}
        filter={
          range.name === '1h' ? null : { words: METRICS_WORDS.range, onClear: () => setUrl({ range: '1h' }) }
        }
        empty={
          <Card>
            <Empty
              icon={ChartLine}
              title={METRICS_WORDS.empty}
              text={METRICS_WORDS.emptyText}
              cli={`haivemind stats ${name} --range 1h`}
            />
          </Card>
        }
      >
        {samples.data !== undefined && (
          <Charts {...{ name, range, open }} samples={samples.data} onZoom={zoom} />
        )}
      </ListStates>
      <div className="grid min-w-0 gap-4 lg:grid-cols-2">
        <ToolTable name={name} seconds={Math.min(604_800, Math.max(60, now - range.from))} />
        <EgressTable />
      </div>
    </div>
  )
}

function Charts({
  name,
  range,
  open,
  samples,
  onZoom,
}: {
  readonly open: readonly RecommendationJson[]
  readonly name: string
  readonly range: TimeRange
  readonly samples: SamplesJson
  readonly onZoom: (from: number, to: number) => void
}) {
  const versions = useQuery(versionsQuery(name))
  const marks = useMemo(
    () =>
      (versions.data?.items ?? []).map(({ number, created_at }) => ({
        time: Date.parse(created_at) / 1000,
        label: METRICS_WORDS.version(number),
      })),
    [versions.data],
  )
  const charts = useMemo(
    () =>
      CHARTS.map((spec) => ({
        spec,
        data: withGaps(drawProposed(buildChart(samples, spec.series), spec, open), samples.step_seconds),
      })),
    [samples, open],
  )
  return (
    <>
      <p className="text-xs text-muted">
        {METRICS_WORDS.step(samples.step_seconds)} {METRICS_WORDS.zoomHint}
      </p>
      <div className="grid min-w-0 gap-4 lg:grid-cols-2">
        {charts.map(({ spec, data }) => (
          <Chart
            key={spec.title}
            title={spec.title}
            {...(spec.description === undefined ? {} : { description: spec.description })}
            data={data}
            from={range.from}
            to={range.to}
            marks={marks}
            syncKey={`server ${name}`}
            onZoom={onZoom}
          />
        ))}
      </div>
    </>
  )
}

function ChartSkeletons() {
  return (
    <div className="grid min-w-0 gap-4 lg:grid-cols-2" role="status">
      {CHARTS.map(({ title }) => (
        <Skeleton key={title} className="h-[284px] rounded-lg" />
      ))}
    </div>
  )
}

function toTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
