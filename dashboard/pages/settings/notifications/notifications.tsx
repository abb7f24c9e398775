import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { BellPlus, Pencil, Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ChannelJson, ChannelListJson, DeliveryJson } from '../../../../src/api/schema/notification.ts'
import { api } from '../../../lib/api.ts'
import { Button } from '../../../parts/button.tsx'
import { Card } from '../../../parts/card.tsx'
import { ConfirmDialog } from '../../../parts/dialog.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { ListStates } from '../../../parts/list-states.tsx'
import { Problem } from '../../../parts/problem.tsx'
import { Switch } from '../../../parts/switch.tsx'
import { Table, type Column } from '../../../parts/table.tsx'
import { showToast } from '../../../parts/toast.tsx'
import { ChannelDialog } from './channel-dialog.tsx'
import { Notices } from './notices.tsx'
import { WORDS } from './words.ts'

const KEY = ['notification-channels']
const pathOf = ({ id }: ChannelJson) => `/notifications/channels/${id}`

export function Notifications() {
  const client = useQueryClient()
  const [editing, setEditing] = useState<ChannelJson | 'new' | null>(null)
  const [leaving, setLeaving] = useState<ChannelJson | null>(null)
  const channels = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api<ChannelListJson>('/notifications/channels', { signal }),
  })
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: KEY })
    void client.invalidateQueries({ queryKey: ['notices'] })
  }
  const turn = useMutation({
    mutationFn: ({ channel, enabled }: { readonly channel: ChannelJson; readonly enabled: boolean }) =>
      api(pathOf(channel), { method: 'PATCH', json: { enabled } }),
    onSettled: refresh,
  })
  const test = useMutation({
    mutationFn: (channel: ChannelJson) => api<DeliveryJson>(`${pathOf(channel)}/test`, { json: {} }),
    async onSuccess({ sent, milliseconds }, { name }) {
      if (sent) showToast(WORDS.tested(name, milliseconds))
      await refresh()
    },
  })
  const remove = useMutation({
    mutationFn: (channel: ChannelJson) => api(pathOf(channel), { method: 'DELETE' }),
    async onSuccess(_, { name }) {
      setLeaving(null)
      showToast(WORDS.removed(name))
      await refresh()
    },
  })
  const items = channels.data?.items ?? []
  const columns: readonly Column<ChannelJson>[] = [
    {
      id: 'name',
      label: WORDS.name,
      isHeader: true,
      render: ({ name, kind, target }) => (
        <span className="block min-w-40">
          <span className="font-medium break-words">{name}</span>
          <span className="block text-xs break-all text-muted">
            {WORDS.kinds[kind]}, {target}
          </span>
        </span>
      ),
    },
    {
      id: 'gets',
      label: WORDS.gets,
      render: ({ topics, servers, min_urgency: urgency }) => (
        <span className="block max-w-72 min-w-48 text-xs text-muted">
          {topics.join(', ')}
          <br />
          {WORDS.urgencies[urgency]}; {servers.length === 0 ? WORDS.all : servers.join(', ')}
        </span>
      ),
    },
    {
      id: 'state',
      label: WORDS.state,
      render: (channel) => (
        <Switch
          label={channel.enabled ? WORDS.on : WORDS.off}
          isOn={channel.enabled}
          isDisabled={turn.isPending}
          onChange={(enabled) => turn.mutate({ channel, enabled })}
        />
      ),
    },
    {
      id: 'actions',
      label: WORDS.actions,
      className: 'w-px',
      render: (channel) => (
        <span className="flex justify-end gap-1.5">
          <Button
            size="sm"
            icon={Send}
            aria-label={WORDS.testOf(channel.name)}
            isBusy={test.isPending && test.variables.id === channel.id}
            onClick={() => test.mutate(channel)}
          >
            {WORDS.test}
          </Button>
          <Button
            size="sm"
            variant="ghost"
            icon={Pencil}
            aria-label={WORDS.editOf(channel.name)}
            onClick={() => setEditing(channel)}
          />
          <Button
            size="sm"
            variant="ghost"
            icon={Trash2}
            aria-label={WORDS.removeOf(channel.name)}
            onClick={() => setLeaving(channel)}
          />
        </span>
      ),
    },
  ]
  const failed = test.data?.sent === false ? test.data : null
  return (
    <>
      <Card
        title={WORDS.list}
        description={WORDS.text}
        isFlush
        actions={
          <Button icon={BellPlus} size="sm" onClick={() => setEditing('new')}>
            {WORDS.add}
          </Button>
        }
      >
        {failed !== null && (
          <p role="alert" className="border-b border-line bg-bad-soft px-4 py-2 text-sm text-bad">
            {WORDS.testFailed(test.variables?.name ?? '')}: {failed.error}
          </p>
        )}
        {(test.error ?? turn.error) !== null && (
          <div className="p-3">
            <Problem error={test.error ?? turn.error} />
          </div>
        )}
        <ListStates
          query={channels}
          count={items.length}
          empty={
            <Empty icon={BellPlus} title={WORDS.emptyTitle} text={WORDS.emptyText} cli={WORDS.emptyCli} />
          }
        >
          <Table label={WORDS.list} columns={columns} items={items} keyOf={({ id }) => id} />
        </ListStates>
      </Card>
      {channels.data !== undefined && <Notices channels={items} />}
      {editing !== null && (
        <ChannelDialog
          channel={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onSaved={refresh}
        />
      )}
      {leaving !== null && (
        <ConfirmDialog
          isOpen
          title={WORDS.removeTitle(leaving.name)}
          consequence={WORDS.removeText}
          confirm={WORDS.remove}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove.mutate(leaving)}
          isBusy={remove.isPending}
          error={remove.error}
        />
      )}
    </>
  )
}
