import { SelectField, TextField } from '../../../parts/field.tsx'
import type { Draft } from './build-request.ts'
import { WORDS } from './words.ts'

/** Where a new channel leads, by its kind. */
export function TargetFields({
  draft,
  onChange,
}: {
  readonly draft: Draft
  readonly onChange: (change: Partial<Draft>) => void
}) {
  const { kind } = draft
  if (kind === 'webhook' || kind === 'slack') {
    return (
      <TextField
        label={WORDS.url}
        description={WORDS.urlHint}
        type="url"
        required
        autoComplete="off"
        spellCheck={false}
        placeholder="https://"
        value={draft.url}
        onChange={(event) => onChange({ url: event.target.value })}
      />
    )
  }
  return kind === 'ntfy' ? (
    <NtfyFields draft={draft} onChange={onChange} />
  ) : (
    <MailFields draft={draft} onChange={onChange} />
  )
}

type Props = Parameters<typeof TargetFields>[0]

function NtfyFields({ draft, onChange }: Props) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={WORDS.ntfyServer}
          type="url"
          required
          value={draft.ntfyServer}
          onChange={(event) => onChange({ ntfyServer: event.target.value })}
        />
        <TextField
          label={WORDS.ntfyTopic}
          description={WORDS.ntfyHint}
          required
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          value={draft.ntfyTopic}
          onChange={(event) => onChange({ ntfyTopic: event.target.value })}
        />
      </div>
      <TextField
        label={WORDS.token}
        type="password"
        autoComplete="new-password"
        value={draft.token}
        onChange={(event) => onChange({ token: event.target.value })}
      />
    </>
  )
}

function MailFields({ draft, onChange }: Props) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={WORDS.host}
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="smtp.example.org"
          value={draft.host}
          onChange={(event) => onChange({ host: event.target.value })}
        />
        <SelectField
          label={WORDS.security}
          value={draft.security}
          onChange={(event) => onChange({ security: event.target.value as Draft['security'] })}
          options={Object.entries(WORDS.securities).map(([value, label]) => ({ value, label }))}
        />
        <TextField
          label={WORDS.port}
          description={WORDS.portHint}
          inputMode="numeric"
          pattern="[0-9]{1,5}"
          value={draft.port}
          onChange={(event) => onChange({ port: event.target.value })}
        />
        <TextField
          label={WORDS.from}
          type="email"
          required
          value={draft.from}
          onChange={(event) => onChange({ from: event.target.value })}
        />
        <TextField
          label={WORDS.user}
          autoComplete="off"
          spellCheck={false}
          value={draft.user}
          onChange={(event) => onChange({ user: event.target.value })}
        />
        <TextField
          label={WORDS.password}
          type="password"
          autoComplete="new-password"
          required={draft.user.trim() !== ''}
          value={draft.password}
          onChange={(event) => onChange({ password: event.target.value })}
        />
      </div>
      <TextField
        label={WORDS.to}
        description={WORDS.toHint}
        required
        value={draft.to}
        onChange={(event) => onChange({ to: event.target.value })}
      />
    </>
  )
}
