import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AttentionJson } from '../../src/api/schema/attention.ts'
import { cn } from '../lib/cn.ts'
import { mayDo, useMe } from '../lib/me.ts'
import { waitingQuery } from '../lib/queries.ts'
import { WORDS } from '../lib/words.ts'
import { NAV_SCREENS } from './screens.ts'
import { SHELL_WORDS } from './words.ts'

export function SideNav() {
  return (
    <aside className="sticky top-0 hidden h-dvh w-56 shrink-0 flex-col border-r border-line bg-surface lg:flex">
      <Brand />
      <NavLinks />
    </aside>
  )
}

function Brand() {
  return (
    <Link
      to="/"
      className="flex h-12 shrink-0 items-center gap-2 px-4 text-sm font-semibold whitespace-nowrap"
    >
      <img src="/icon.svg" alt="" className="size-5" />
      {WORDS.product}
    </Link>
  )
}

/** Reviews and changed tools that wait for somebody. */
const OF_SECURITY: readonly AttentionJson['items'][number]['kind'][] = [
  'review_waits',
  'tools_changed',
  'scan_blocked',
]

function Waiting() {
  const { data } = useQuery(waitingQuery)
  const count = (data?.items ?? []).filter(({ kind }) => OF_SECURITY.includes(kind)).length
  if (count === 0) return null
  return (
    <span className="ml-auto rounded-full bg-warn-soft px-1.5 text-xs font-semibold text-warn tabular-nums">
      <span aria-hidden>{count}</span>
      <span className="sr-only">{SHELL_WORDS.waiting(count)}</span>
    </span>
  )
}

export function NavLinks({ onChosen }: { readonly onChosen?: () => void }) {
  const me = useMe()
  return (
    <nav aria-label={SHELL_WORDS.navigation} className="flex flex-1 flex-col gap-0.5 overflow-y-auto p-2">
      {NAV_SCREENS.filter(({ needs }) => needs === undefined || me === null || mayDo(me, needs)).map(
        ({ path, label, nav }) => {
          const Icon = nav!.icon
          return (
            <Link
              key={path}
              to={path}
              activeOptions={{ exact: path === '/', includeSearch: false }}
              onClick={onChosen}
              className={cn(
                'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium text-muted hover:bg-hover hover:text-text',
                'aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent',
              )}
            >
              <Icon aria-hidden className="size-4 shrink-0" />
              {label}
              {path === '/security' && <Waiting />}
            </Link>
          )
        },
      )}
    </nav>
  )
}
