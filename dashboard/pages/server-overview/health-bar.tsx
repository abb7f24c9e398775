import { useQuery } from '@tanstack/react-query'
import type { HealthJson } from '../../../src/api/schema/health.ts'
import { cn } from '../../lib/cn.ts'
import { formatClock, formatMs } from '../../lib/format.ts'
import { healthQuery } from '../../lib/queries.ts'
import { HEALTH_WORDS } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { SERVER_WORDS } from './words.ts'

const SLOTS = 90
const TONES = { healthy: 'good', unhealthy: 'bad', unknown: 'idle' } as const

export function HealthBar({ name }: { readonly name: string }) {
  const query = useQuery(healthQuery(name))
  const health = query.data
  return (
    <Card
      title={SERVER_WORDS.health}
      description={SERVER_WORDS.healthText}
      actions={
        health !== undefined && <Badge tone={TONES[health.health]}>{HEALTH_WORDS[health.health]}</Badge>
      }
    >
      {health !== undefined ? (
        <Bar history={health.history} readiness={health.readiness} />
      ) : query.error === null ? (
        <Skeleton className="h-8" />
      ) : (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Card>
  )
}

function Bar({ history, readiness }: Pick<HealthJson, 'history' | 'readiness'>) {
  const passed = history.filter((check) => check.passed).length
  const empty = SLOTS - Math.min(history.length, SLOTS)
  const last = history.at(-1)
  if (last === undefined) return <p className="text-muted">{SERVER_WORDS.healthNone}</p>
  return (
    <>
      <div role="img" aria-label={SERVER_WORDS.healthBar(passed, history.length)} className="flex h-8 gap-px">
        {Array.from({ length: empty }, (_, index) => (
          <span key={`empty-${index}`} className="min-w-0 flex-1 rounded-[1px] bg-hover" />
        ))}
        {history.slice(-SLOTS).map(({ at, passed: isPassed, ms, detail }, index) => (
          <span
            key={`${at}-${index}`}
            title={`${formatClock(at)} ${isPassed ? formatMs(ms) : (detail ?? 'failed')}`}
            // A failure is shorter too: not told by its colour alone.
            className={cn(
              'min-w-0 flex-1 self-end rounded-[1px]',
              isPassed ? 'h-full bg-good' : 'h-1/2 bg-bad',
            )}
          />
        ))}
      </div>
      <p className="mt-2 text-xs text-muted">
        {SERVER_WORDS.healthBar(passed, history.length)}
        {last.ms !== null && `, ${formatMs(last.ms)}`}
        {readiness.ready || readiness.reason === null ? '' : `. ${readiness.reason}`}
      </p>
    </>
  )
}
