import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleDashed, X } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../lib/api.ts'
import { mayDo, useMe } from '../../lib/me.ts'
import { eventsQuery, statsQuery } from '../../lib/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { findDone, STEPS } from './steps.ts'
import { OVERVIEW_WORDS } from './words.ts'

/** Of this browser: whoever knows the platform has no use for it. */
const HIDDEN = 'haivemind.first-steps-hidden'

export function Checklist() {
  const [isHidden, setHidden] = useState(() => localStorage.getItem(HIDDEN) !== null)
  const me = useMe()
  const isAdmin = me !== null && mayDo(me, 'admin')
  const stats = useQuery(statsQuery)
  const events = useQuery(eventsQuery)
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => api<{ readonly items: readonly unknown[] }>('/tokens', { signal }),
    enabled: isAdmin && !isHidden,
  })
  if (isHidden || stats.data === undefined || events.data === undefined) return null
  const done = findDone(stats.data, events.data.items, tokens.data?.items.length ?? 0)
  if (done.size === STEPS.length) return null
  const next = STEPS.find((step) => !done.has(step))
  return (
    <Card
      title={OVERVIEW_WORDS.checklist}
      description={OVERVIEW_WORDS.progress(done.size, STEPS.length)}
      actions={
        <Button
          variant="ghost"
          size="sm"
          icon={X}
          aria-label={OVERVIEW_WORDS.hide}
          onClick={() => {
            localStorage.setItem(HIDDEN, '1')
            setHidden(true)
          }}
        />
      }
    >
      <ol className="flex flex-col gap-2.5">
        {STEPS.map((step) => {
          const isDone = done.has(step)
          const Icon = isDone ? CircleCheck : CircleDashed
          return (
            <li key={step} className="flex items-start gap-2.5">
              <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${isDone ? 'text-good' : 'text-muted'}`} />
              <div className="min-w-0 flex-1">
                <span className={isDone ? 'text-muted' : step === next ? 'font-medium' : ''}>
                  {isDone && <span className="sr-only">{OVERVIEW_WORDS.done}</span>}
                  {OVERVIEW_WORDS.steps[step]}
                </span>
                {step === next && step !== 'claim' && (
                  <div className="mt-1.5">
                    <CodeBlock code={OVERVIEW_WORDS.cli[step]} />
                  </div>
                )}
              </div>
            </li>
          )
        })}
      </ol>
    </Card>
  )
}
