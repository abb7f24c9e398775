import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { SetupStateJson, SignedInJson } from '../../../src/api/schema/people.ts'
import { api } from '../../lib/api.ts'
import { cn } from '../../lib/cn.ts'
import { formatSpan } from '../../lib/format.ts'
import { useNow } from '../../lib/now.ts'
import { setupQuery } from '../../lib/setup-query.ts'
import { BarePage } from '../../parts/bare-page.tsx'
import { Button } from '../../parts/button.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { rateStrength } from './strength.ts'
import { SETUP_WORDS } from './words.ts'

export function Page() {
  const router = useRouter()
  const client = useQueryClient()
  const state = useQuery(setupQuery)
  const [code, setCode] = useState('')
  const [name, setName] = useState('admin')
  const [password, setPassword] = useState('')
  const claim = useMutation({
    mutationFn: () => api<SignedInJson>('/setup', { json: { code, name, password } }),
    async onSuccess() {
      await client.resetQueries()
      router.history.replace('/')
    },
    // It says how many tries are left.
    onError: () => state.refetch(),
  })
  const isClaimed = state.data?.claimed === true
  useEffect(() => {
    if (isClaimed && !claim.isSuccess) router.history.replace('/login')
  }, [isClaimed, claim.isSuccess, router])

  return (
    <BarePage title={SETUP_WORDS.title} description={SETUP_WORDS.text}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!claim.isPending) claim.mutate()
        }}
      >
        <div>
          <TextField
            label={SETUP_WORDS.code}
            placeholder={SETUP_WORDS.codeFormat}
            autoComplete="one-time-code"
            autoCapitalize="characters"
            spellCheck={false}
            required
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
          {state.data !== undefined && <CodeState code={state.data.code} />}
        </div>
        <TextField
          label={SETUP_WORDS.name}
          description={SETUP_WORDS.nameHint}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div>
          <TextField
            label={SETUP_WORDS.password}
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <Strength password={password} />
        </div>
        {claim.error !== null && <Problem error={claim.error} />}
        {state.error !== null && <Problem error={state.error} onRetry={() => void state.refetch()} />}
        <Button type="submit" variant="primary" isBusy={claim.isPending}>
          {SETUP_WORDS.submit}
        </Button>
        <p className="text-xs text-muted">
          {SETUP_WORDS.reachable} <code>{location.origin}</code>: {SETUP_WORDS.tls[readTls()]}.
        </p>
      </form>
    </BarePage>
  )
}

function readTls(): keyof typeof SETUP_WORDS.tls {
  if (location.protocol === 'https:') return 'https'
  return window.isSecureContext ? 'local' : 'http'
}

function CodeState({ code }: { readonly code: SetupStateJson['code'] }) {
  const now = useNow()
  const seconds = code === null ? 0 : Math.floor((Date.parse(code.expires_at) - now) / 1000)
  if (code !== null && seconds > 0) {
    return (
      <p className="mt-1 text-xs text-muted">{SETUP_WORDS.codeLeft(formatSpan(seconds), code.tries_left)}</p>
    )
  }
  return (
    <div className="mt-1.5 flex flex-col gap-1 text-xs">
      <p className="text-warn">{SETUP_WORDS.codeGone}</p>
      <CodeBlock code={SETUP_WORDS.codeCli} />
    </div>
  )
}

const BARS = ['bg-bad', 'bg-bad', 'bg-warn', 'bg-good', 'bg-good'] as const

function Strength({ password }: { readonly password: string }) {
  if (password === '') return null
  const rate = rateStrength(password)
  return (
    <div className="mt-1.5">
      <div aria-hidden className="flex gap-1">
        {[1, 2, 3, 4].map((step) => (
          <span
            key={step}
            className={cn('h-1 flex-1 rounded-full', step <= Math.max(rate, 1) ? BARS[rate] : 'bg-hover')}
          />
        ))}
      </div>
      <p role="status" className="mt-1 text-xs text-muted">
        {SETUP_WORDS.strengths[rate]}
      </p>
    </div>
  )
}
