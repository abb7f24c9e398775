import {
  CircleCheck,
  CircleX,
  Clock,
  LoaderCircle,
  Play,
  RotateCw,
  Square,
  Tag,
  Trash2,
  X,
} from 'lucide-react'
import { useState } from 'react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { Button } from '../../parts/button.tsx'
import { ConfirmDialog, Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { useBulk, type Bulk, type BulkItem } from './use-bulk.ts'
import { SERVERS_WORDS } from './words.ts'

/** What can be done to all that are selected; it stays in sight at the bottom. */
export function BulkBar({
  servers,
  onClear,
}: {
  readonly servers: readonly ServerJson[]
  readonly onClear: () => void
}) {
  const { bulk, run, close } = useBulk()
  const [asking, setAsking] = useState<'delete' | 'tag' | null>(null)
  const { actions } = SERVERS_WORDS
  if (servers.length === 0 && bulk === null) return null
  return (
    <>
      {servers.length > 0 && (
        <div
          role="toolbar"
          aria-label={SERVERS_WORDS.selected(servers.length)}
          className="sticky bottom-3 z-20 mx-auto mt-3 flex w-fit max-w-full flex-wrap items-center gap-2 rounded-lg border border-line bg-raised p-2 pl-3 shadow-float"
        >
          <span className="text-sm font-medium tabular-nums">{SERVERS_WORDS.selected(servers.length)}</span>
          <Button size="sm" icon={Play} needs="servers:write" onClick={() => void run('start', servers)}>
            {actions.start}
          </Button>
          <Button size="sm" icon={Square} needs="servers:write" onClick={() => void run('stop', servers)}>
            {actions.stop}
          </Button>
          <Button
            size="sm"
            icon={RotateCw}
            needs="servers:write"
            onClick={() => void run('restart', servers)}
          >
            {actions.restart}
          </Button>
          <Button size="sm" icon={Tag} needs="servers:write" onClick={() => setAsking('tag')}>
            {actions.tag}
          </Button>
          <Button size="sm" icon={Trash2} needs="servers:delete" onClick={() => setAsking('delete')}>
            {actions.delete}
          </Button>
          <Button
            size="sm"
            variant="ghost"
            icon={X}
            aria-label={SERVERS_WORDS.clearSelection}
            onClick={onClear}
          />
        </div>
      )}
      <ConfirmDialog
        isOpen={asking === 'delete'}
        onClose={() => setAsking(null)}
        title={SERVERS_WORDS.deleteTitle(servers.length)}
        consequence={SERVERS_WORDS.deleteText}
        confirm="Delete"
        typed={SERVERS_WORDS.deleteTyped(servers.length)}
        onConfirm={() => {
          setAsking(null)
          void run('delete', servers)
        }}
      />
      <TagDialog
        isOpen={asking === 'tag'}
        onClose={() => setAsking(null)}
        onTag={(tag) => {
          setAsking(null)
          void run('tag', servers, tag)
        }}
      />
      {bulk !== null && <Outcome bulk={bulk} onClose={close} />}
    </>
  )
}

function TagDialog({
  isOpen,
  onClose,
  onTag,
}: {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onTag: (tag: string) => void
}) {
  const [tag, setTag] = useState('')
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={SERVERS_WORDS.tagTitle}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (tag.trim() !== '') onTag(tag.trim())
        }}
      >
        <TextField
          label={SERVERS_WORDS.tagLabel}
          description={SERVERS_WORDS.tagHint}
          value={tag}
          onChange={(event) => setTag(event.target.value)}
        />
        <div className="flex justify-end">
          <Button type="submit" variant="primary">
            {SERVERS_WORDS.tagLabel}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const ICONS = {
  waiting: [Clock, 'text-muted'],
  running: [LoaderCircle, 'text-accent animate-spin'],
  done: [CircleCheck, 'text-good'],
  failed: [CircleX, 'text-bad'],
} as const

/** Each server with its own outcome: some may fail where others did not. */
function Outcome({ bulk: { verb, items }, onClose }: { readonly bulk: Bulk; readonly onClose: () => void }) {
  const count = (state: BulkItem['state']) => items.filter((item) => item.state === state).length
  const words = SERVERS_WORDS.outcome(count('done'), count('failed'), items.length)
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={SERVERS_WORDS.running[verb]}
      description={<span role="status">{words}</span>}
    >
      <ul className="flex max-h-80 flex-col overflow-y-auto rounded-md border border-line text-sm">
        {items.map(({ name, state, text }) => {
          const [Icon, color] = ICONS[state]
          return (
            <li key={name} className="flex items-start gap-2 border-b border-line px-3 py-1.5 last:border-0">
              <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${color}`} />
              <span className="min-w-0 flex-1">
                <span className="font-medium break-all">{name}</span>{' '}
                <span className="text-muted">{state}</span>
                {text !== null && <span className="block break-words text-bad">{text}</span>}
              </span>
            </li>
          )
        })}
      </ul>
    </Dialog>
  )
}
