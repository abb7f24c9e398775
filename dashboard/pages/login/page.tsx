import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { SignedInJson } from '../../../src/api/schema/people.ts'
import { api, toApiError } from '../../lib/api.ts'
import { useNow } from '../../lib/now.ts'
import { parseReturnTo } from '../../lib/safe-path.ts'
import { setupQuery } from '../../lib/setup-query.ts'
import { useUrlState } from '../../lib/search.ts'
import { BarePage } from '../../parts/bare-page.tsx'
import { Button, buttonClass } from '../../parts/button.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { LOGIN_WORDS } from './words.ts'

/** The same answer for a wrong name and a wrong password: the platform's. */
export function Page() {
  const router = useRouter()
  const client = useQueryClient()
  const [{ return_to }] = useUrlState({ return_to: '/' })
  const state = useQuery(setupQuery)
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: () => api<SignedInJson>('/login', { json: { name, password } }),
    async onSuccess() {
      await client.resetQueries()
      router.history.replace(parseReturnTo(return_to))
    },
    onError: () => setPassword(''),
  })
  const waitSeconds = useWait(signIn.error, signIn.submittedAt)
  const isUnclaimed = state.data?.claimed === false
  useEffect(() => {
    if (isUnclaimed) router.history.replace('/setup')
  }, [isUnclaimed, router])

  return (
    <BarePage title={LOGIN_WORDS.title}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (waitSeconds === 0 && !signIn.isPending) signIn.mutate()
        }}
      >
        <TextField
          label={LOGIN_WORDS.name}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={LOGIN_WORDS.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {waitSeconds > 0 ? (
          <p role="status" className="text-sm font-medium text-warn">
            {LOGIN_WORDS.wait(waitSeconds)}
          </p>
        ) : (
          signIn.error !== null && <Problem error={signIn.error} />
        )}
        {!window.isSecureContext && <p className="text-sm text-warn">{LOGIN_WORDS.insecure}</p>}
        <Button type="submit" variant="primary" isBusy={signIn.isPending} disabled={waitSeconds > 0}>
          {LOGIN_WORDS.submit}
        </Button>
        <details className="text-sm text-muted">
          <summary className="inline-flex min-h-6 cursor-pointer items-center hover:text-text">
            {LOGIN_WORDS.cannot}
          </summary>
          <p className="mt-1 mb-2">{LOGIN_WORDS.forgotten}</p>
          <CodeBlock code={LOGIN_WORDS.forgottenCli} what="command" />
        </details>
        {state.data?.issuer === true && (
          <>
            <p className="text-center text-xs text-muted">{LOGIN_WORDS.or}</p>
            {/* A navigation and no call: the issuer has pages of its own. */}
            <a
              className={buttonClass('secondary')}
              href={`/auth/login?return_to=${encodeURIComponent(parseReturnTo(return_to))}`}
            >
              {LOGIN_WORDS.issuer}
            </a>
          </>
        )}
      </form>
    </BarePage>
  )
}

/** Seconds until the platform takes another try; 0 when it does. */
function useWait(error: unknown, since: number): number {
  const now = useNow()
  const wait = error === null ? null : toApiError(error).retryAfterSeconds
  return wait === null ? 0 : Math.max(0, Math.ceil(wait - (now - since) / 1000))
}
