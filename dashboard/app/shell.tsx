/** The frame around every page of somebody who is signed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, type ReactNode } from 'react'
import { toApiError, UNREACHABLE } from '../lib/api.ts'
import { connectQueries } from '../lib/live-queries.ts'
import { startLive } from '../lib/live.ts'
import { ME } from '../lib/me.ts'
import { DropTarget } from './drop-target.tsx'
import { Offline, Restarting } from './error-pages.tsx'
import { TopBar } from './top-bar.tsx'
import { SideNav } from './side-nav.tsx'
import { SHELL_WORDS } from './words.ts'

export function Shell({ children }: { readonly children: ReactNode }) {
  const me = useQuery({
    ...ME,
    // Until it answers, whatever the page was opened into.
    refetchInterval: ({ state }) => (state.data === undefined && isGone(state.error) ? 1_000 : false),
  })
  const { goToLogin } = useSignedOut()
  const error = me.error === null ? null : toApiError(me.error)
  const isSignedOut = error?.status === 401
  useEffect(() => {
    if (isSignedOut) goToLogin()
  }, [isSignedOut, goToLogin])
  useLiveData(me.data !== undefined)

  if (me.data === undefined) {
    if (error === null || isSignedOut) return <Opening />
    return error.code === UNREACHABLE ? <Offline onRetry={() => void me.refetch()} /> : <Restarting />
  }
  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-inverse focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {SHELL_WORDS.skip}
      </a>
      <DropTarget />
      <SideNav />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar me={me.data} />
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          {children}
        </main>
      </div>
    </div>
  )
}

function isGone(error: unknown): boolean {
  return error !== null && [0, 502, 503, 504].includes(toApiError(error).status)
}

function Opening() {
  return (
    <p role="status" className="sr-only">
      {SHELL_WORDS.starting}
    </p>
  )
}

/** One stream for as long as somebody is signed in. */
function useLiveData(isSignedIn: boolean): void {
  const client = useQueryClient()
  useEffect(() => {
    if (!isSignedIn) return
    const stopQueries = connectQueries(client)
    const stopLive = startLive(() => void client.resetQueries({ queryKey: ME.queryKey }))
    return () => {
      stopLive()
      stopQueries()
    }
  }, [client, isSignedIn])
}

function useSignedOut() {
  const navigate = useNavigate()
  const goToLogin = () => {
    const { pathname, search } = location
    const from = `${pathname}${search}`
    void navigate({
      to: '/login',
      replace: true,
      search: (from === '/' ? {} : { return_to: from }) as never,
    } as never)
  }
  return { goToLogin }
}
