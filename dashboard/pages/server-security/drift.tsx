import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { PinsJson } from '../../../src/api/schema/pins.ts'
import { api } from '../../lib/api.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { revealText } from '../../../src/domain/reveal-text.ts'
import { SERVER_SECURITY_WORDS as WORDS } from './words.ts'

type Change = PinsJson['drift'][number]

/** What a server says of itself otherwise than when it was accepted, side by side. */
export function Drift({ name }: { readonly name: string }) {
  const client = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const path = `/servers/${encodeURIComponent(name)}/pins`
  const pins = useQuery({
    queryKey: ['server', name, 'pins'],
    queryFn: ({ signal }) => api<PinsJson>(path, { signal }),
    retry: false,
  })
  const accept = useMutation({
    mutationFn: (drift_hash: string) => api<PinsJson>(`${path}/approve`, { json: { drift_hash } }),
    async onSuccess() {
      showToast(WORDS.accepted)
      setAsking(false)
      await client.invalidateQueries({ queryKey: ['server', name] })
    },
  })
  const { data } = pins
  if (data === undefined) {
    if (pins.error === null) return <Skeleton className="h-20 rounded-lg" />
    return <Problem error={pins.error} onRetry={() => void pins.refetch()} />
  }
  const hash = data.drift_hash
  return (
    <Card
      title={WORDS.drift}
      description={data.drift.length === 0 ? WORDS.mode[data.pin] : WORDS.driftText}
      isFlush
      actions={
        hash === null ? undefined : (
          <Button variant="primary" needs="servers:deploy" onClick={() => setAsking(true)}>
            {WORDS.accept}
          </Button>
        )
      }
    >
      {data.drift.length === 0 ? (
        <p className="p-4 text-sm text-muted">{data.pinned_at === null ? WORDS.nothingSeen : WORDS.none}</p>
      ) : (
        data.drift.map((change) => <ChangeItem key={`${change.kind}/${change.name}`} change={change} />)
      )}
      {isAsking && hash !== null && (
        <Dialog
          isOpen
          onClose={() => setAsking(false)}
          title={WORDS.acceptTitle(data.drift.length)}
          description={WORDS.acceptText}
        >
          <div className="flex flex-col gap-4">
            {accept.error !== null && <Problem error={accept.error} />}
            <Button variant="primary" onClick={() => accept.mutate(hash)} isBusy={accept.isPending}>
              {WORDS.accept}
            </Button>
          </div>
        </Dialog>
      )}
    </Card>
  )
}

function ChangeItem({ change }: { readonly change: Change }) {
  return (
    <article className="border-b border-line px-4 py-3 last:border-0">
      <header className="flex flex-wrap items-center gap-2">
        <Badge tone="accent">{change.kind}</Badge>
        <h3 className="font-medium break-all">{revealText(change.name)}</h3>
        <Badge tone="warn">{WORDS.changes[change.change]}</Badge>
        <span className="text-xs text-muted">
          {change.withheld ? WORDS.withheld : WORDS.passed}, <Ago time={change.seen_at} />
        </span>
      </header>
      {change.findings.map((finding) => (
        <p key={finding.rule_id} className="mt-1 text-sm text-bad">
          {finding.severity}: {finding.reason}
        </p>
      ))}
      {change.fields.map(({ field, before, after }) => (
        <div key={field} className="mt-2">
          <h4 className="text-xs font-medium text-muted">{field}</h4>
          <div className="mt-1 grid gap-2 md:grid-cols-2">
            <Side label={WORDS.before} value={before} className="bg-bad-soft" />
            <Side label={WORDS.after} value={after} className="bg-good-soft" />
          </div>
        </div>
      ))}
    </article>
  )
}

/** Characters that nobody sees are written out: they are how a text says something else to a model than to a person. */
function Side({
  label,
  value,
  className,
}: {
  readonly label: string
  readonly value: unknown
  readonly className: string
}) {
  const text =
    value === null || value === undefined
      ? '–'
      : typeof value === 'string'
        ? value
        : JSON.stringify(value, null, 2)
  return (
    <pre
      aria-label={label}
      role="region"
      tabIndex={0}
      className={`max-h-72 overflow-auto rounded-md px-3 py-2 text-sm break-words whitespace-pre-wrap ${className}`}
    >
      {text.split('\n').map(revealText).join('\n')}
    </pre>
  )
}
