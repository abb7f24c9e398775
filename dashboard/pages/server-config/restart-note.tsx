import { RotateCw } from 'lucide-react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { useVerb } from '../../lib/server-verbs.ts'
import { Button } from '../../parts/button.tsx'
import { Problem } from '../../parts/problem.tsx'
import { showToast } from '../../parts/toast.tsx'
import { isSame } from './settings.ts'
import { CONFIG_WORDS as WORDS } from './words.ts'

/** What was saved here and waits for the next start: the platform tells limits, places and secrets, and no more. */
const waiting = new Map<string, { readonly startedAt: string; readonly fields: readonly string[] }>()

export function noteWaiting(server: ServerJson, fields: readonly string[]): void {
  if (server.started_at === null) return
  const before = waiting.get(server.id)
  const kept = before?.startedAt === server.started_at ? before.fields : []
  waiting.set(server.id, { startedAt: server.started_at, fields: [...new Set([...kept, ...fields])] })
}

function listWaiting(server: ServerJson): readonly string[] {
  const { id, instance, limits, settings, started_at: startedAt } = server
  if (instance === null) return []
  const saved = waiting.get(id)
  const places = settings.allowed_network ? settings.egress : []
  return [
    ...new Set([
      ...(isSame(limits, settings.resource_limits) ? [] : ['resource_limits']),
      ...(isSame(instance.egress, places) ? [] : ['egress']),
      ...(settings.secrets_pending ? [WORDS.restartSecrets] : []),
      ...(saved !== undefined && saved.startedAt === startedAt ? saved.fields : []),
    ]),
  ]
}

export function RestartNote({ server }: { readonly server: ServerJson }) {
  const restart = useVerb(server.name)
  const fields = listWaiting(server)
  if (fields.length === 0 && restart.error === null) return null
  return (
    <section
      aria-label={WORDS.restartTitle}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-line bg-warn-soft px-3 py-2.5"
    >
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium text-warn">{WORDS.restartTitle}</p>
        <p className="text-sm">
          {WORDS.restartText} <span className="break-words">{fields.join(', ')}</span>
        </p>
      </div>
      <Button
        icon={RotateCw}
        needs="servers:write"
        isBusy={restart.isPending}
        onClick={() =>
          restart.mutate('restart', { onSuccess: () => showToast(WORDS.restarted(server.name)) })
        }
      >
        {WORDS.restartNow}
      </Button>
      {restart.error !== null && <Problem error={restart.error} />}
    </section>
  )
}
