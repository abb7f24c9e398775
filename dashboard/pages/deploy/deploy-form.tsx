import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { OperationJson } from '../../../src/api/schema/operation.ts'
import { setDroppedFile, useDroppedFile } from '../../lib/dropped-file.ts'
import { serversQuery } from '../../lib/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { SelectField, TextAreaField, TextField } from '../../parts/field.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Switch } from '../../parts/switch.tsx'
import { ArchiveChooser } from './archive-chooser.tsx'
import { buildRequest, EMPTY_FORM, type Form, type Size } from './build-request.ts'
import { suggestName } from './check-archive.ts'
import { EnvironmentTable } from './environment-table.tsx'
import { Review } from './review.tsx'
import { uploadArchive, type Progress } from './upload.ts'
import { UploadBar } from './upload-bar.tsx'
import { DEPLOY_WORDS as WORDS } from './words.ts'

export function DeployForm() {
  const navigate = useNavigate()
  const archive = useDroppedFile()
  const [filled, setForm] = useState<Form>(EMPTY_FORM)
  /** Null: nobody typed one, so it is the archive's. */
  const [typedName, setTypedName] = useState<string | null>(null)
  const form = { ...filled, name: typedName ?? (archive === null ? '' : suggestName(archive.name)) }
  const [progress, setProgress] = useState<Progress | null>(null)
  const upload = useRef<AbortController>(null)
  const set = (change: Partial<Form>) => setForm((before) => ({ ...before, ...change }))
  const deploy = useMutation({
    async mutationFn(file: File): Promise<OperationJson> {
      const aborter = new AbortController()
      upload.current = aborter
      return uploadArchive(file, buildRequest(form), {
        isStarted: form.isStarted,
        signal: aborter.signal,
        onProgress: setProgress,
      })
    },
    async onSuccess({ id }) {
      setDroppedFile(null)
      await navigate({ to: '/deploy/$operation', params: { operation: id } as never })
    },
    onSettled: () => setProgress(null),
  })
  // Somebody who leaves takes the upload along.
  useEffect(() => () => upload.current?.abort(), [])
  const error = deploy.error?.name === 'AbortError' ? null : deploy.error

  return (
    <Frame title={WORDS.title} description={WORDS.text}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (archive !== null && !deploy.isPending) deploy.mutate(archive)
        }}
      >
        <ArchiveChooser archive={archive} onChoose={setDroppedFile} />
        {archive !== null && (
          <>
            <div className="grid gap-4 lg:grid-cols-2">
              <Card title={WORDS.name}>
                <div className="flex flex-col gap-4">
                  <NameField name={form.name} onChange={setTypedName} />
                  <TextAreaField
                    label={WORDS.command}
                    description={WORDS.commandHint}
                    rows={3}
                    spellCheck={false}
                    value={form.command}
                    onChange={(event) => set({ command: event.target.value })}
                  />
                  <Switch
                    label={WORDS.start}
                    isOn={form.isStarted}
                    onChange={(isStarted) => set({ isStarted })}
                  />
                </div>
              </Card>
              <Card title={WORDS.limits}>
                <div className="flex flex-col gap-4">
                  <LimitFields form={form} onChange={set} />
                  <NetworkFields form={form} onChange={set} />
                </div>
              </Card>
            </div>
            <EnvironmentTable variables={form.variables} onChange={(variables) => set({ variables })} />
            <Review form={form} archive={archive} />
            {progress !== null && <UploadBar progress={progress} onCancel={() => upload.current?.abort()} />}
            {error !== null && <Problem error={error} />}
            <div>
              <Button type="submit" variant="primary" needs="servers:deploy" isBusy={deploy.isPending}>
                {WORDS.submit}
              </Button>
            </div>
          </>
        )}
      </form>
    </Frame>
  )
}

function NameField({ name, onChange }: { readonly name: string; readonly onChange: (name: string) => void }) {
  const known = useQuery(serversQuery).data?.find((server) => server.name === name)
  return (
    <TextField
      label={WORDS.name}
      description={
        known?.version === undefined || known.version === null
          ? WORDS.nameHint
          : WORDS.newVersion(name, known.version + 1)
      }
      pattern="[a-z][a-z0-9\-]*"
      maxLength={63}
      autoCapitalize="none"
      autoComplete="off"
      spellCheck={false}
      value={name}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

type Part = { readonly form: Form; readonly onChange: (change: Partial<Form>) => void }

function LimitFields({ form, onChange }: Part) {
  return (
    <>
      <SelectField
        label={WORDS.limits}
        value={form.size}
        onChange={(event) => onChange({ size: event.target.value as Size })}
        options={Object.entries(WORDS.sizes).map(([value, label]) => ({ value, label }))}
      />
      {form.size === 'own' && (
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label={WORDS.memory}
            type="number"
            min={32}
            required
            value={form.memoryMb}
            onChange={(event) => onChange({ memoryMb: event.target.value })}
          />
          <TextField
            label={WORDS.cpu}
            type="number"
            min={1}
            required
            value={form.cpuPercent}
            onChange={(event) => onChange({ cpuPercent: event.target.value })}
          />
        </div>
      )}
    </>
  )
}

function NetworkFields({ form, onChange }: Part) {
  return (
    <>
      <SelectField
        label={WORDS.network}
        value={form.network}
        onChange={(event) => onChange({ network: event.target.value as Form['network'] })}
        options={Object.entries(WORDS.networks).map(([value, label]) => ({ value, label }))}
      />
      {form.network === 'list' && (
        <TextAreaField
          label={WORDS.places}
          description={WORDS.placesHint}
          rows={3}
          required
          spellCheck={false}
          value={form.places}
          onChange={(event) => onChange({ places: event.target.value })}
        />
      )}
    </>
  )
}
