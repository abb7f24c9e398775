import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { TokenCreatedJson } from '../../../src/api/schema/token.ts'
import { SCOPES, type Scope } from '../../../src/domain/principal.ts'
import { api } from '../../lib/api.ts'
import { Button } from '../../parts/button.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { SelectField, TextAreaField, TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { buildGrants } from './build-grants.ts'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.tokens

export function CreateToken({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void
  readonly onCreated: () => Promise<void>
}) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Scope[]>(['mcp:call'])
  const [narrow, setNarrow] = useState('')
  const [expiry, setExpiry] = useState<keyof typeof WORDS.expiries>('90')
  const create = useMutation({
    mutationFn: () =>
      api<TokenCreatedJson>('/tokens', {
        json: {
          name,
          scopes: buildGrants(scopes, narrow),
          expires_in_days: expiry === 'never' ? null : Number(expiry),
        },
      }),
    onSuccess: () => onCreated(),
  })
  if (create.data !== undefined) {
    return (
      <Dialog isOpen onClose={onClose} title={create.data.name} description={WORDS.shownOnce}>
        <div className="flex flex-col gap-4">
          <CodeBlock code={create.data.token} what="token" isWrapped />
          <Button variant="primary" onClick={onClose}>
            {WORDS.done}
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog isOpen onClose={onClose} title={WORDS.add}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!create.isPending && scopes.length > 0) create.mutate()
        }}
      >
        <TextField
          label={WORDS.name}
          required
          maxLength={100}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset>
          <legend className="mb-1 text-sm font-medium">{WORDS.scopes}</legend>
          <div className="grid grid-cols-2 gap-x-3">
            {SCOPES.map((scope) => (
              <label key={scope} className="flex min-h-7 items-center gap-2 text-sm">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={scopes.includes(scope)}
                  onChange={(event) =>
                    setScopes(
                      event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope),
                    )
                  }
                />
                {scope}
              </label>
            ))}
          </div>
        </fieldset>
        {scopes.includes('mcp:call') && (
          <TextAreaField
            label={WORDS.narrow}
            description={WORDS.narrowHint}
            rows={2}
            spellCheck={false}
            value={narrow}
            onChange={(event) => setNarrow(event.target.value)}
          />
        )}
        <SelectField
          label={WORDS.expiry}
          value={expiry}
          onChange={(event) => setExpiry(event.target.value as keyof typeof WORDS.expiries)}
          options={Object.entries(WORDS.expiries).map(([value, label]) => ({ value, label }))}
        />
        {create.error !== null && <Problem error={create.error} />}
        <Button type="submit" variant="primary" isBusy={create.isPending} disabled={scopes.length === 0}>
          {WORDS.create}
        </Button>
      </form>
    </Dialog>
  )
}
