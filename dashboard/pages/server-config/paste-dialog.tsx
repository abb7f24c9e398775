import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { parseDotEnv, type Variable } from '../../lib/dot-env.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextAreaField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { showToast } from '../../parts/toast.tsx'
import { setSecret } from './set-secret.ts'
import { VARIABLE_WORDS as WORDS } from './words.ts'

/** A `.env`: what looks like a secret is sealed at once, all else joins the changes that are not saved. */
export function PasteDialog({
  server,
  onClose,
  onVariables,
}: {
  readonly server: string
  readonly onClose: () => void
  readonly onVariables: (variables: readonly Variable[]) => void
}) {
  const client = useQueryClient()
  const [isEmpty, setEmpty] = useState(false)
  const take = useMutation({
    gcTime: 0,
    async mutationFn(found: readonly Variable[]) {
      const secrets = found.filter(({ isSecret }) => isSecret)
      // One after the other: a server's secrets are set in turn anyway, and the first refusal is the one to read.
      for (const { name, value } of secrets) await setSecret(server, { name, value })
      return { secrets: secrets.length, variables: found.filter(({ isSecret }) => !isSecret) }
    },
    onSuccess({ secrets, variables }) {
      onVariables(variables)
      showToast(WORDS.pasted(variables.length, secrets))
      onClose()
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['server', server] }),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found = parseDotEnv(new FormData(event.currentTarget).get('text') as string)
    setEmpty(found.length === 0)
    if (found.length > 0 && !take.isPending) take.mutate(found)
  }
  return (
    <Dialog isOpen onClose={onClose} title={WORDS.paste} description={WORDS.pasteText}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextAreaField
          label={WORDS.paste}
          isLabelHidden
          name="text"
          rows={8}
          autoComplete="off"
          spellCheck={false}
          error={isEmpty ? WORDS.pasteNothing : null}
        />
        {take.error !== null && <Problem error={take.error} />}
        <Button type="submit" variant="primary" needs="secrets:write" isBusy={take.isPending}>
          {WORDS.take}
        </Button>
      </form>
    </Dialog>
  )
}
