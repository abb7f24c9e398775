/** The frame of every page of one server: its name, its state, its tabs. */
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { toApiError } from '../lib/api.ts'
import { serverQuery } from '../lib/queries.ts'
import { useServerName } from '../lib/use-server.ts'
import { Badge } from '../parts/badge.tsx'
import { useTitle } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Status } from '../parts/status.tsx'
import { Freshness } from '../parts/time.tsx'
import { NotFound } from './error-pages.tsx'
import { ServerActions } from './server-actions.tsx'
import { SERVER_TABS } from './screens.ts'

export function ServerFrame() {
  const name = useServerName()
  const { data: server, error, refetch, dataUpdatedAt } = useQuery(serverQuery(name))
  useTitle(name)
  const tabs = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  useEffect(() => {
    // On a narrow screen the tabs are wider than it is.
    const links = [...(tabs.current?.querySelectorAll('a') ?? [])]
    const shown = links.find((link) => link.getAttribute('href') === pathname)
    shown?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [pathname])
  if (server === undefined && error !== null && toApiError(error).status === 404) return <NotFound />
  return (
    <>
      <div className="border-b border-line bg-surface">
        <div className="mx-auto w-full max-w-6xl px-4 pt-4 sm:px-6">
          <div className="flex flex-wrap items-start justify-between gap-3">
            <div className="min-w-0">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <h1 className="text-xl font-semibold tracking-tight break-all">{name}</h1>
                {server === undefined ? (
                  error === null && <Skeleton className="h-5 w-24" />
                ) : (
                  <Status status={server.status} health={server.health} isIdle={server.idle} />
                )}
                {server !== undefined && server.version !== null && <Badge>version {server.version}</Badge>}
                {server?.tags.map((tag) => (
                  <Badge key={tag}>{tag}</Badge>
                ))}
                <Freshness at={dataUpdatedAt} />
              </div>
              <p className="mt-0.5 line-clamp-2 min-h-5 text-sm break-words text-muted">
                {server?.description}
              </p>
            </div>
            {server !== undefined && <ServerActions server={server} />}
          </div>
          <nav ref={tabs} aria-label={`Pages of ${name}`} className="mt-3 flex gap-1 overflow-x-auto">
            {SERVER_TABS.map(({ path, label }) => (
              <Link
                key={path}
                to={path}
                params={{ name } as never}
                activeOptions={{ exact: true, includeSearch: false }}
                className="h-9 border-b-2 border-transparent px-2.5 pt-1.5 text-sm font-medium whitespace-nowrap text-muted hover:text-text aria-[current=page]:border-accent aria-[current=page]:text-text"
              >
                {label}
              </Link>
            ))}
          </nav>
        </div>
      </div>
      <div className="mx-auto w-full max-w-6xl px-4 py-5 sm:px-6">
        {server === undefined && error !== null ? (
          <Problem error={error} onRetry={() => void refetch()} />
        ) : (
          <Outlet />
        )}
      </div>
    </>
  )
}
