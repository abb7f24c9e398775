import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { VersionDeletedJson } from '../../../src/api/schema/server.ts'
import { api } from '../../lib/api.ts'
import { formatBytes } from '../../lib/format.ts'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { showToast } from '../../parts/toast.tsx'
import { VERSION_WORDS as WORDS } from './words.ts'

export function DeleteVersion({
  name,
  number,
  onClose,
}: {
  readonly name: string
  readonly number: number
  readonly onClose: () => void
}) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () =>
      api<VersionDeletedJson>(`/servers/${encodeURIComponent(name)}/versions/${number}`, {
        method: 'DELETE',
      }),
    async onSuccess({ freed_bytes: bytes }) {
      await client.invalidateQueries({ queryKey: ['server', name, 'versions'] })
      showToast(WORDS.deleted(number, formatBytes(bytes)))
      onClose()
    },
  })
  return (
    <ConfirmDialog
      isOpen
      title={WORDS.deleteTitle(name, number)}
      consequence={WORDS.deleteText(number)}
      confirm={WORDS.delete}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      isBusy={remove.isPending}
      error={remove.error}
    />
  )
}
