import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { versionsQuery } from '../../lib/queries.ts'
import { Actor } from '../../parts/actor.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { Ago } from '../../parts/time.tsx'
import { SERVER_WORDS } from './words.ts'

const VERDICTS = { pass: 'good', review: 'warn', block: 'bad' } as const

export function About({ server }: { readonly server: ServerJson }) {
  const { name, version, verdict, instance, settings, command, created_at } = server
  const versions = useQuery(versionsQuery(name))
  const active = versions.data?.items.find(({ active: isActive }) => isActive)
  const { facts } = SERVER_WORDS
  const rows: readonly (readonly [label: string, value: ReactNode])[] = [
    [facts.created, <Ago key="created" time={created_at} />],
    [
      facts.version,
      <span key="version">
        {version ?? '–'}
        {active !== undefined && (
          <>
            , <Ago time={active.created_at} /> {facts.by} <Actor id={active.created_by} />
            {active.created_via !== null && ` ${facts.via} ${active.created_via}`}
          </>
        )}
      </span>,
    ],
    [
      facts.verdict,
      verdict === null ? (
        '–'
      ) : (
        <Badge key="verdict" tone={VERDICTS[verdict as keyof typeof VERDICTS] ?? 'idle'}>
          {verdict}
        </Badge>
      ),
    ],
    [facts.pins, facts.pin[settings.pin]],
    [facts.isolation, instance?.tier ?? '–'],
    [
      facts.network,
      settings.allowed_network && settings.egress.length > 0 ? settings.egress.join(', ') : facts.noNetwork,
    ],
    [facts.transport, settings.transport],
    [
      facts.command,
      <code key="command" className="break-all">
        {command.join(' ')}
      </code>,
    ],
  ]
  return (
    <Card title={SERVER_WORDS.about}>
      <FactList facts={rows} className="grid-cols-[7rem_minmax(0,1fr)] gap-x-3" />
    </Card>
  )
}
