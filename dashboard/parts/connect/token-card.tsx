import { useMutation } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { TokenCreatedJson } from '../../../src/api/schema/token.ts'
import type { Grant } from '../../../src/domain/principal.ts'
import { api } from '../../lib/api.ts'
import { formatTime } from '../../lib/format.ts'
import { Button } from '../button.tsx'
import { Card } from '../card.tsx'
import { CodeBlock } from '../code-block.tsx'
import { SelectField } from '../field.tsx'
import { Problem } from '../problem.tsx'
import type { Client } from './order-clients.ts'
import { CONNECT_WORDS } from './words.ts'

const WORDS = CONNECT_WORDS.token
type Expiry = keyof typeof WORDS.expiries
/** What is shown once; it lives in the page that shows it and nowhere else. */
export type Shown = Pick<TokenCreatedJson, 'token' | 'expires_at'>

export function TokenCard({
  client,
  target,
  grants,
  variable,
  shown,
  onShown,
}: {
  readonly client: Client
  /** For the name of the token: a server's name, or the hub. */
  readonly target: string
  readonly grants: readonly Grant[]
  readonly variable: string
  readonly shown: Shown | null
  readonly onShown: (shown: Shown | null) => void
}) {
  const isNeeded = client.token !== 'sign_in'
  return (
    <Card title={WORDS.title} description={WORDS.text[client.token](variable)}>
      {isNeeded && (
        <div className="flex flex-col gap-4">
          {shown === null ? (
            <Choice target={target} grants={grants} onShown={onShown} />
          ) : (
            <div className="flex flex-col gap-2">
              <p className="text-sm font-medium">{WORDS.shownOnce}</p>
              <CodeBlock code={shown.token} what="token" isWrapped />
              <div className="flex flex-wrap items-center justify-between gap-2">
                <p className="text-xs text-muted">
                  {shown.expires_at !== null && WORDS.expires(formatTime(shown.expires_at))}
                </p>
                <Button size="sm" onClick={() => onShown(null)}>
                  {WORDS.done}
                </Button>
              </div>
            </div>
          )}
          {client.token === 'environment' && (
            <div>
              <p className="mb-1 text-xs text-muted">
                {WORDS.shell}. {WORDS.shellText}
              </p>
              <CodeBlock code={`read -rs ${variable} && export ${variable}`} what="command for the token" />
            </div>
          )}
        </div>
      )}
    </Card>
  )
}

function Choice({
  target,
  grants,
  onShown,
}: {
  readonly target: string
  readonly grants: readonly Grant[]
  readonly onShown: (shown: Shown) => void
}) {
  const [expiry, setExpiry] = useState<Expiry>('90')
  const [hasOne, setHasOne] = useState(false)
  const create = useMutation({
    mutationFn: () =>
      api<TokenCreatedJson>('/tokens', {
        json: { name: WORDS.name(target), scopes: grants, expires_in_days: Number(expiry) },
      }),
    onSuccess({ token, expires_at }) {
      onShown({ token, expires_at })
      // Else the cache of answers would keep it.
      create.reset()
    },
    gcTime: 0,
  })
  if (hasOne) {
    return (
      <Row>
        <p className="text-sm">{WORDS.haveText(grants)}</p>
        <Button size="sm" onClick={() => setHasOne(false)}>
          {WORDS.another}
        </Button>
      </Row>
    )
  }
  return (
    <>
      <div className="flex flex-wrap items-end gap-2">
        <div className="w-32">
          <SelectField
            label={WORDS.expiry}
            value={expiry}
            onChange={(event) => setExpiry(event.target.value as Expiry)}
            options={Object.entries(WORDS.expiries).map(([value, label]) => ({ value, label }))}
          />
        </div>
        <Button icon={KeyRound} needs="admin" isBusy={create.isPending} onClick={() => create.mutate()}>
          {WORDS.create}
        </Button>
        <Button variant="ghost" onClick={() => setHasOne(true)}>
          {WORDS.have}
        </Button>
      </div>
      {create.error !== null && <Problem error={create.error} />}
    </>
  )
}

function Row({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-wrap items-center justify-between gap-2">{children}</div>
}
