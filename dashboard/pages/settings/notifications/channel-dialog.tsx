import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ChannelJson, ChannelMadeJson } from '../../../../src/api/schema/notification.ts'
import {
  CHANNEL_KINDS,
  NOTICE_TOPICS,
  NOTICE_URGENCIES,
  USUAL_TOPICS,
} from '../../../../src/domain/notification.ts'
import { api } from '../../../lib/api.ts'
import { Button } from '../../../parts/button.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { SelectField, TextField } from '../../../parts/field.tsx'
import { Problem } from '../../../parts/problem.tsx'
import { showToast } from '../../../parts/toast.tsx'
import { buildDraft, buildSettings, buildTarget, type Draft } from './build-request.ts'
import { TargetFields } from './target-fields.tsx'
import { WORDS } from './words.ts'

/** @param channel null: a new one */
export function ChannelDialog({
  channel,
  onClose,
  onSaved,
}: {
  readonly channel: ChannelJson | null
  readonly onClose: () => void
  readonly onSaved: () => Promise<void>
}) {
  const [draft, setDraft] = useState(() => buildDraft(channel, [...USUAL_TOPICS]))
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }))
  const save = useMutation({
    mutationFn: () =>
      channel === null
        ? api<ChannelMadeJson>('/notifications/channels', {
            json: { ...buildSettings(draft), target: buildTarget(draft) },
          })
        : api<ChannelMadeJson>(`/notifications/channels/${channel.id}`, {
            method: 'PATCH',
            json: buildSettings(draft),
          }),
    async onSuccess({ name, secret }) {
      await onSaved()
      if (secret !== null) return
      showToast(WORDS.saved(name))
      onClose()
    },
  })
  const secret = save.data?.secret ?? null
  if (secret !== null) {
    return (
      <Dialog isOpen onClose={onClose} title={WORDS.secretTitle} description={WORDS.secretText}>
        <div className="flex flex-col gap-4">
          <CodeBlock code={secret} what="secret" isWrapped />
          <Button variant="primary" onClick={onClose}>
            {WORDS.done}
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="lg"
      title={channel === null ? WORDS.add : WORDS.editOf(channel.name)}
      {...(channel === null ? {} : { description: WORDS.sealedHint })}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!save.isPending && draft.topics.length > 0) save.mutate()
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={WORDS.name}
            required
            maxLength={64}
            autoComplete="off"
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
          {channel === null && (
            <SelectField
              label={WORDS.kind}
              value={draft.kind}
              onChange={(event) => change({ kind: event.target.value as Draft['kind'] })}
              options={CHANNEL_KINDS.map((value) => ({ value, label: WORDS.kinds[value] }))}
            />
          )}
        </div>
        {channel === null && <TargetFields draft={draft} onChange={change} />}
        <Wishes draft={draft} onChange={change} />
        {save.error !== null && <Problem error={save.error} />}
        <Button type="submit" variant="primary" isBusy={save.isPending} disabled={draft.topics.length === 0}>
          {channel === null ? WORDS.create : WORDS.save}
        </Button>
      </form>
    </Dialog>
  )
}

function Wishes({
  draft,
  onChange,
}: {
  readonly draft: Draft
  readonly onChange: (change: Partial<Draft>) => void
}) {
  const { topics } = draft
  return (
    <>
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{WORDS.topicsLabel}</legend>
        <div className="grid gap-x-3 sm:grid-cols-2">
          {NOTICE_TOPICS.map((topic) => (
            <label key={topic} className="flex min-h-7 items-center gap-2 text-sm">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={topics.includes(topic)}
                onChange={(event) =>
                  onChange({
                    topics: event.target.checked ? [...topics, topic] : topics.filter((one) => one !== topic),
                  })
                }
              />
              {WORDS.topics[topic]}
            </label>
          ))}
        </div>
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={WORDS.urgency}
          value={draft.urgency}
          onChange={(event) => onChange({ urgency: event.target.value as Draft['urgency'] })}
          options={NOTICE_URGENCIES.map((value) => ({ value, label: WORDS.urgencies[value] }))}
        />
        <TextField
          label={WORDS.rate}
          description={WORDS.rateHint}
          type="number"
          min={1}
          max={1000}
          required
          value={draft.rate}
          onChange={(event) => onChange({ rate: event.target.value })}
        />
      </div>
      <TextField
        label={WORDS.servers}
        description={WORDS.serversHint}
        spellCheck={false}
        value={draft.servers}
        onChange={(event) => onChange({ servers: event.target.value })}
      />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{WORDS.quiet}</legend>
        <div className="grid max-w-xs grid-cols-2 gap-4">
          <TextField
            label={WORDS.quietFrom}
            type="time"
            value={draft.quietFrom}
            onChange={(event) => onChange({ quietFrom: event.target.value })}
          />
          <TextField
            label={WORDS.quietTo}
            type="time"
            value={draft.quietTo}
            onChange={(event) => onChange({ quietTo: event.target.value })}
          />
        </div>
        <p className="mt-1 text-xs text-muted">{WORDS.quietHint}</p>
      </fieldset>
    </>
  )
}
