import { useMutation } from '@tanstack/react-query'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import type { AuditVerdictJson } from '../../../src/api/schema/audit.ts'
import { api } from '../../lib/api.ts'
import { cn } from '../../lib/cn.ts'
import { Button } from '../../parts/button.tsx'
import { Problem } from '../../parts/problem.tsx'
import { ACTIVITY_WORDS } from './words.ts'

/** Reads the whole log, so it is asked for and not done by itself. */
export function VerifyChain() {
  const check = useMutation({ mutationFn: () => api<AuditVerdictJson>('/audit/verify') })
  const verdict = check.data
  const Icon = verdict?.problem === null ? ShieldCheck : ShieldAlert
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button onClick={() => check.mutate()} isBusy={check.isPending}>
        {ACTIVITY_WORDS.verify}
      </Button>
      {check.isPending && <p className="text-sm text-muted">{ACTIVITY_WORDS.verifying}</p>}
      {verdict !== undefined && (
        <p
          role="status"
          className={cn(
            'flex items-center gap-1.5 text-sm font-medium',
            verdict.problem === null ? 'text-good' : 'text-bad',
          )}
        >
          <Icon aria-hidden className="size-4 shrink-0" />
          {verdict.problem === null
            ? ACTIVITY_WORDS.intact(verdict.records)
            : ACTIVITY_WORDS.broken(verdict.problem.seq, verdict.problem.reason)}
        </p>
      )}
      {check.error !== null && <Problem error={check.error} />}
    </div>
  )
}
