/** One recommendation with all that speaks for it; what it does is said before somebody applies it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import type { RecommendationJson } from '../../../src/api/schema/recommendation.ts'
import { api } from '../../lib/api.ts'
import { formatNumber, formatPercent } from '../../lib/format.ts'
import { Badge, type Tone } from '../badge.tsx'
import { Button } from '../button.tsx'
import { Problem } from '../problem.tsx'
import { Ago } from '../time.tsx'
import { showToast } from '../toast.tsx'
import { RECOMMENDATION_WORDS as WORDS } from './words.ts'

const TONES: Readonly<Record<RecommendationJson['state'], Tone>> = {
  open: 'accent',
  applied: 'warn',
  confirmed: 'good',
  reverted: 'bad',
  dismissed: 'idle',
  expired: 'idle',
}

export function RecommendationCard({ item }: { readonly item: RecommendationJson }) {
  const client = useQueryClient()
  const act = useMutation({
    mutationFn: (verb: 'apply' | 'dismiss') =>
      api<RecommendationJson>(`/recommendations/${item.id}/${verb}`, { json: {} }),
    async onSuccess(_, verb) {
      showToast(verb === 'apply' ? WORDS.applied(item.server) : WORDS.dismissed)
      await client.invalidateQueries({ queryKey: ['recommendations'] })
    },
  })
  const isOpen = item.state === 'open'
  return (
    <article className="flex flex-col gap-2 border-b border-line px-4 py-3 text-sm last:border-0">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Link to="/servers/$name" params={{ name: item.server } as never} className="font-medium underline">
          {item.server}
        </Link>
        <h3 className="flex items-center gap-1.5 font-medium">
          <code>{item.resource}</code> {item.current}
          <ArrowRight aria-label="to" className="size-3.5" />
          {item.proposed}
        </h3>
        <Badge tone={TONES[item.state]}>{WORDS.states[item.state]}</Badge>
        <span className="text-muted">
          {WORDS.confidence} {formatPercent(Math.round(item.confidence.value * 100))}
        </span>
        {isOpen && (
          <span className="ml-auto flex gap-2">
            <Button size="sm" needs="servers:write" onClick={() => act.mutate('dismiss')}>
              {WORDS.dismiss}
            </Button>
            <Button
              size="sm"
              variant="primary"
              needs="servers:write"
              isBusy={act.isPending}
              onClick={() => act.mutate('apply')}
            >
              {WORDS.apply}
            </Button>
          </span>
        )}
      </header>
      {act.error !== null && <Problem error={act.error} />}
      <ul aria-label={WORDS.why} className="list-disc pl-5">
        {item.because.map(({ id, text, memory_id, samples_url }) => (
          <li key={id} className="break-words">
            {text}
            {memory_id !== null && (
              <>
                {' '}
                <Link
                  to="/insights"
                  search={{ view: 'memories', q: memory_id } as never}
                  className="text-accent underline"
                >
                  {WORDS.memory}
                </Link>
              </>
            )}
            {samples_url !== null && (
              <>
                {' '}
                <Link
                  to="/servers/$name/metrics"
                  params={{ name: item.server } as never}
                  className="text-accent underline"
                >
                  {WORDS.samples}
                </Link>
              </>
            )}
          </li>
        ))}
      </ul>
      <p className="text-muted">
        {WORDS.formula}: <code>{item.formula}</code>
      </p>
      {item.backtest !== null && <Past backtest={item.backtest} />}
      {item.risk !== null && (
        <p className="text-muted">
          {WORDS.risk(formatNumber(item.risk.expected_oom_days_per_100), item.risk.source)}
        </p>
      )}
      {item.revert !== null && isOpen && <p className="text-muted">{item.revert}</p>}
      {item.application !== null && item.state === 'applied' && (
        <p>
          {WORDS.watched} <Ago time={item.application.watched_until} />
        </p>
      )}
      {item.reason !== null && (
        <p>
          {WORDS.ended}: {item.reason}
        </p>
      )}
    </article>
  )
}

function Past({ backtest }: { readonly backtest: NonNullable<RecommendationJson['backtest']> }) {
  const { days, exceeded, unused_before: before, unused_after: after } = backtest
  const share = (value: number) => formatPercent(Math.round(value * 100))
  return (
    <p className="text-muted">
      {WORDS.past}: {WORDS.exceeded(exceeded, days)}
      {before !== null && after !== null && `, ${WORDS.unused(share(before), share(after))}`}
    </p>
  )
}
