import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { mayDo, useMe } from '../../lib/me.ts'
import { Page as Frame } from '../../parts/page.tsx'
import { Account } from './account.tsx'
import { Backups } from './backups.tsx'
import { Notifications } from './notifications/notifications.tsx'
import { Configuration } from './configuration.tsx'
import { People } from './people.tsx'
import { Platform } from './platform.tsx'
import { Sessions } from './sessions.tsx'
import { Tokens } from './tokens.tsx'
import { SETTINGS_WORDS } from './words.ts'

type Section = { readonly id: string; readonly label: string; readonly isAdmin: boolean; render(): ReactNode }

const SECTIONS: readonly Section[] = [
  { id: 'account', label: SETTINGS_WORDS.account.label, isAdmin: false, render: () => <Account /> },
  { id: 'sessions', label: SETTINGS_WORDS.sessions.label, isAdmin: false, render: () => <Sessions /> },
  { id: 'people', label: SETTINGS_WORDS.people.label, isAdmin: true, render: () => <People /> },
  { id: 'tokens', label: SETTINGS_WORDS.tokens.label, isAdmin: true, render: () => <Tokens /> },
  {
    id: 'notifications',
    label: SETTINGS_WORDS.notifications.label,
    isAdmin: true,
    render: () => <Notifications />,
  },
  { id: 'backups', label: SETTINGS_WORDS.backups.label, isAdmin: true, render: () => <Backups /> },
  {
    id: 'configuration',
    label: SETTINGS_WORDS.configuration.label,
    isAdmin: true,
    render: () => <Configuration />,
  },
  { id: 'platform', label: SETTINGS_WORDS.platform.label, isAdmin: false, render: () => <Platform /> },
]

export function Page() {
  const me = useMe()
  const { section = '' } = useParams({ strict: false }) as { readonly section?: string }
  const visible = SECTIONS.filter(({ isAdmin }) => !isAdmin || me === null || mayDo(me, 'admin'))
  const chosen = visible.find(({ id }) => id === section) ?? visible[0]
  return (
    <Frame title={SETTINGS_WORDS.title}>
      <div className="flex flex-col gap-4 lg:flex-row lg:gap-8">
        <nav aria-label={SETTINGS_WORDS.sections} className="-mx-1 overflow-x-auto lg:w-44 lg:shrink-0">
          <ul className="flex gap-1 px-1 py-0.5 lg:flex-col">
            {visible.map(({ id, label }) => (
              <li key={id}>
                <Link
                  to="/settings/$section"
                  params={{ section: id } as never}
                  aria-current={id === chosen?.id ? 'page' : undefined}
                  className="block rounded-md px-2.5 py-1.5 text-sm font-medium whitespace-nowrap text-muted hover:bg-hover hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="flex min-w-0 flex-1 flex-col gap-4">{chosen?.render()}</div>
      </div>
    </Frame>
  )
}
