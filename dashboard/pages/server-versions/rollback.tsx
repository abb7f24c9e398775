import { useMutation, useQueryClient } from '@tanstack/react-query'
import { X } from 'lucide-react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { api } from '../../lib/api.ts'
import { serverQuery } from '../../lib/queries.ts'
import { WORDS as SHARED } from '../../lib/words.ts'
import { Button } from '../../parts/button.tsx'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { Status } from '../../parts/status.tsx'
import { VERSION_WORDS as WORDS } from './words.ts'

export function Rollback({
  name,
  number,
  active,
  isRunning,
  onClose,
  onDone,
}: {
  readonly name: string
  readonly number: number
  readonly active: number | null
  readonly isRunning: boolean
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const client = useQueryClient()
  const rollback = useMutation({
    mutationFn: () =>
      api<ServerJson>(`/servers/${encodeURIComponent(name)}/rollback`, { json: { version: number } }),
    async onSuccess(server) {
      client.setQueryData(serverQuery(name).queryKey, server)
      await client.invalidateQueries({ queryKey: ['server', name, 'versions'] })
      void client.invalidateQueries({ queryKey: ['servers'] })
      onDone()
    },
  })
  return (
    <ConfirmDialog
      isOpen
      title={WORDS.rollbackTitle(name, number)}
      consequence={isRunning ? WORDS.consequence(active, number) : WORDS.consequenceStopped(number)}
      confirm={WORDS.rollback}
      onClose={onClose}
      onConfirm={() => rollback.mutate()}
      isBusy={rollback.isPending}
      error={rollback.error}
    />
  )
}

/** What came of it, as the platform sees the server now: not as it was asked for. */
export function RollbackOutcome({
  number,
  server,
  onClose,
}: {
  readonly number: number
  readonly server: ServerJson
  readonly onClose: () => void
}) {
  if (server.version !== number) return null
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-line bg-good-soft px-3 py-1.5 text-sm"
    >
      <span className="font-medium">
        {server.desired === 'running' ? WORDS.running(number) : WORDS.chosen(number)}
      </span>
      <Status status={server.status} health={server.health} isIdle={server.idle} />
      <span className="ml-auto">
        <Button variant="ghost" size="sm" icon={X} aria-label={SHARED.close} onClick={onClose} />
      </span>
    </div>
  )
}
