import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import type { IncidentJson } from '../../../src/api/schema/incident.ts'
import { api } from '../../lib/api.ts'
import { formatTime } from '../../lib/format.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { EXPLANATION_WORDS } from '../../parts/explanation/words.ts'
import { Words } from '../../parts/explanation/words-of-model.tsx'
import { INCIDENT_WORDS as WORDS } from './words.ts'

const DOTS = { trouble: 'bg-bad', relief: 'bg-good', change: 'bg-accent', note: 'bg-line-strong' } as const

export function IncidentDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const [explain, setExplain] = useState(false)
  const found = useQuery({
    queryKey: ['incident', id, explain],
    queryFn: ({ signal }) =>
      api<IncidentJson>(`/incidents/${encodeURIComponent(id)}`, {
        query: { explain: explain ? 'true' : undefined },
        signal,
      }),
    placeholderData: keepPreviousData,
  })
  return (
    <Dialog isOpen onClose={onClose} size="lg" title={found.data?.title ?? id}>
      {found.error !== null && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <Skeleton className="h-40" />}
      {found.data !== undefined && (
        <>
          <Facts incident={found.data} />
          <div className="mt-4 flex flex-col items-start gap-2">
            <Words explanation={found.data.explanation} />
            {!explain && (
              <Button size="sm" onClick={() => setExplain(true)}>
                {EXPLANATION_WORDS.ask}
              </Button>
            )}
          </div>
        </>
      )}
    </Dialog>
  )
}

function Facts({ incident }: { readonly incident: IncidentJson }) {
  const { server, text, change, hint, resolution, timeline, omitted, tail, remedies } = incident
  return (
    <div className="flex flex-col gap-4 text-sm">
      <p className="break-words">
        <Link to="/servers/$name" params={{ name: server } as never} className="font-medium underline">
          {server}
        </Link>
        : {text}
      </p>
      {change !== null && (
        <p>
          <strong className="font-medium">{WORDS.since}</strong> {change.text}
          {change.suspected && `, ${WORDS.suspected}`}
        </p>
      )}
      {hint !== null && (
        <p>
          <strong className="font-medium">{WORDS.hint}:</strong> {hint}
        </p>
      )}
      {remedies.length > 0 && (
        <section>
          <h3 className="mb-1 font-semibold">{WORDS.remedies}</h3>
          <ul className="list-disc pl-5">
            {remedies.map((remedy) => (
              <li key={`${remedy.node ?? ''}/${remedy.action}`} className="break-words">
                {remedy.text}
                {remedy.incidents.map(({ id, server: where }) => (
                  <Link
                    key={id}
                    to="/insights"
                    search={{ view: 'incidents', incident: id } as never}
                    className="ml-2 text-accent underline"
                  >
                    {where}
                  </Link>
                ))}
                {remedy.memory_id !== null && (
                  <Link
                    to="/insights"
                    search={{ view: 'memories', q: remedy.memory_id } as never}
                    className="ml-2 text-accent underline"
                  >
                    {WORDS.runbook}
                  </Link>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {resolution !== null && (
        <p>
          <strong className="font-medium">{WORDS.resolution}</strong> {resolution}
        </p>
      )}
      <section>
        <h3 className="mb-2 font-semibold">{WORDS.timeline}</h3>
        <ol className="flex flex-col gap-2 border-l border-line pl-4">
          {timeline.map(({ id, time, kind, text: what }) => (
            <li key={id} className="relative">
              <span
                aria-hidden
                className={`absolute top-1.5 -left-[1.3rem] size-2.5 rounded-full ${DOTS[kind]}`}
              />
              <time dateTime={time} className="block text-xs text-muted">
                {formatTime(time)}
              </time>
              <span className="break-words">{what}</span>
            </li>
          ))}
        </ol>
        {omitted > 0 && <p className="mt-1 text-xs text-muted">{WORDS.omitted(omitted)}</p>}
      </section>
      {tail !== '' && (
        <section>
          <h3 className="mb-1 font-semibold">{WORDS.tail}</h3>
          <pre
            tabIndex={0}
            role="region"
            aria-label={WORDS.tail}
            className="max-h-64 overflow-auto rounded-md border border-line bg-sunken px-3 py-2"
          >
            <code>{tail}</code>
          </pre>
        </section>
      )}
    </div>
  )
}
