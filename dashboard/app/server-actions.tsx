import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Ellipsis, History, Play, RotateCw, Square, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ServerJson } from '../../src/api/schema/server.ts'
import { deleteServer, useVerb } from '../lib/server-verbs.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmDialog } from '../parts/dialog.tsx'
import { Menu, MenuItem } from '../parts/menu.tsx'
import { Problem } from '../parts/problem.tsx'
import { showToast } from '../parts/toast.tsx'

/** Start, stop, restart, and what is rarer in a menu. */
export function ServerActions({ server }: { readonly server: ServerJson }) {
  const { name, status, desired } = server
  const [asking, setAsking] = useState<'delete' | 'rollback' | null>(null)
  const verb = useVerb(name)
  const remove = useDelete(name)
  const isUp = status === 'running' || status === 'starting' || status === 'backoff'
  const run = (next: Parameters<typeof verb.mutate>[0], done: string) =>
    verb.mutate(next, {
      onSuccess: () => {
        showToast(done)
        setAsking(null)
      },
    })
  return (
    <div className="flex flex-col items-end gap-2">
      <div className="flex gap-2">
        {isUp ? (
          <Button
            icon={Square}
            needs="servers:write"
            isBusy={verb.isPending && verb.variables === 'stop'}
            onClick={() => run('stop', `${name} is stopped`)}
          >
            Stop
          </Button>
        ) : (
          <Button
            icon={Play}
            variant="primary"
            needs="servers:write"
            isBusy={(verb.isPending && verb.variables === 'start') || status === 'stopping'}
            onClick={() => run('start', `${name} runs`)}
          >
            Start
          </Button>
        )}
        <Button
          icon={RotateCw}
          needs="servers:write"
          reason={desired === 'stopped' ? 'It does not run: start it.' : null}
          isBusy={verb.isPending && verb.variables === 'restart'}
          onClick={() => run('restart', `${name} runs again`)}
        >
          Restart
        </Button>
        <Menu trigger={<Button icon={Ellipsis} aria-label="More actions" />}>
          <MenuItem icon={History} needs="servers:deploy" onSelect={() => setAsking('rollback')}>
            Roll back to the version before
          </MenuItem>
          <MenuItem icon={Trash2} needs="servers:delete" isDanger onSelect={() => setAsking('delete')}>
            Delete…
          </MenuItem>
        </Menu>
      </div>
      {verb.error !== null && asking === null && <Problem error={verb.error} />}
      <ConfirmDialog
        isOpen={asking === 'rollback'}
        onClose={() => setAsking(null)}
        title={`Roll ${name} back?`}
        consequence="The version before serves again, and the server restarts. The present version is kept: rolling back once more returns to it."
        confirm="Roll back"
        isBusy={verb.isPending}
        error={asking === 'rollback' ? verb.error : null}
        onConfirm={() => run('rollback', `${name} is rolled back`)}
      />
      <ConfirmDialog
        isOpen={asking === 'delete'}
        onClose={() => setAsking(null)}
        title={`Delete ${name}?`}
        consequence="Its process ends. Its data, logs, secrets and all versions are removed for good. Clients get 404."
        confirm="Delete"
        typed={name}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </div>
  )
}

function useDelete(name: string) {
  const client = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () => deleteServer(name, true),
    onSuccess: async () => {
      await navigate({ to: '/servers' } as never)
      client.removeQueries({ queryKey: ['server', name] })
      void client.invalidateQueries({ queryKey: ['servers'] })
      showToast(`${name} is deleted`)
    },
  })
}
