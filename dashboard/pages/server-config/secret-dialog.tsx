import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { SecretJson, SecretRequestJson } from '../../../src/api/schema/secret.ts'
import { runVerb } from '../../lib/server-verbs.ts'
import { useServer } from '../../lib/use-server.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { showToast } from '../../parts/toast.tsx'
import { setSecret } from './set-secret.ts'
import { SECRET_WORDS as WORDS } from './words.ts'

type Given = { readonly secret: SecretRequestJson; readonly isRestarted: boolean }

/** The value goes from the browser's own field to the platform: no state, no document, no cache holds it. */
export function SecretDialog({
  server,
  secret: { name, as },
  onClose,
}: {
  readonly server: string
  readonly secret: Pick<SecretJson, 'name' | 'as'>
  readonly onClose: () => void
}) {
  const client = useQueryClient()
  const [delivery, setDelivery] = useState(as)
  const isUp = useServer()?.instance !== null
  const save = useMutation({
    gcTime: 0,
    async mutationFn({ secret, isRestarted }: Given) {
      await setSecret(server, secret)
      if (isRestarted) await runVerb(server, 'restart')
      return { name: secret.name, isRestarted }
    },
    onSuccess({ name: set, isRestarted }) {
      showToast(isRestarted ? WORDS.savedAndRestarted(set) : WORDS.saved(set))
      onClose()
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['server', server] }),
  })
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const isRestarted = (event.nativeEvent as SubmitEvent).submitter?.dataset['restart'] === 'true'
    const data = new FormData(form)
    const file = data.get('file')
    const value =
      file instanceof File && file.size > 0
        ? { value_base64: toBase64(new Uint8Array(await file.arrayBuffer())) }
        : { value: data.get('value') as string }
    const given = name === '' ? (data.get('name') as string) : name
    save.mutate({ secret: { name: given, as: delivery, ...value }, isRestarted })
  }
  return (
    <Dialog isOpen onClose={onClose} title={WORDS.setTitle(name)} description={WORDS.setText}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          if (save.isPending) event.preventDefault()
          else void submit(event)
        }}
      >
        {name === '' && (
          <TextField
            label={WORDS.name}
            name="name"
            required
            pattern="[A-Za-z_][A-Za-z0-9_]*"
            maxLength={128}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        <TextField
          label={WORDS.value}
          description={WORDS.valueHint}
          name="value"
          type="password"
          autoComplete="new-password"
          spellCheck={false}
        />
        <SelectField
          label={WORDS.as}
          value={delivery}
          onChange={(event) => setDelivery(event.target.value as SecretJson['as'])}
          options={(['environment', 'file'] as const).map((value) => ({
            value,
            label: WORDS.deliveries[value],
          }))}
        />
        {delivery === 'file' && (
          <TextField label={WORDS.file} description={WORDS.fileHint} name="file" type="file" />
        )}
        {save.error !== null && <Problem error={save.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          {isUp && (
            <Button type="submit" needs="servers:write" data-restart="true" isBusy={save.isPending}>
              {WORDS.saveAndRestart}
            </Button>
          )}
          <Button type="submit" variant="primary" isBusy={save.isPending}>
            {WORDS.save}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
