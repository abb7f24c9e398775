import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, Clock } from 'lucide-react'
import type { AttentionJson } from '../../../src/api/schema/attention.ts'
import { hasPage } from '../../lib/has-page.ts'
import { attentionQuery } from '../../lib/queries.ts'
import { runVerb } from '../../lib/server-verbs.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button, ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { SkeletonRows } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { OVERVIEW_WORDS } from './words.ts'

type Item = AttentionJson['items'][number]

export function Attention() {
  const query = useQuery(attentionQuery)
  const items = query.data?.items ?? []
  return (
    <Card title={OVERVIEW_WORDS.attention} isFlush>
      <ListStates
        query={query}
        count={items.length}
        skeleton={<SkeletonRows count={2} />}
        empty={
          <p className="flex items-center gap-2 px-4 py-5 text-muted">
            <CircleCheck aria-hidden className="size-4 text-good" />
            {OVERVIEW_WORDS.fine}
          </p>
        }
      >
        <ul>
          {items.map((item) => (
            <Row key={`${item.kind} ${item.server} ${item.text}`} item={item} />
          ))}
        </ul>
      </ListStates>
    </Card>
  )
}

function Row({ item }: { readonly item: Item }) {
  const { urgency, text, server, since, command } = item
  const Icon = urgency === 'now' ? CircleAlert : Clock
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 border-b border-line px-4 py-2.5 text-sm last:border-0">
      <Icon
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${urgency === 'now' ? 'text-bad' : 'text-warn'}`}
      />
      <div className="min-w-0 flex-1 basis-64">
        <p className="break-words">
          {server !== null && (
            <>
              <Link
                to={'/servers/$name' as string}
                params={{ name: server } as never}
                className="inline-flex min-h-6 items-center font-semibold underline decoration-line-strong underline-offset-2 hover:decoration-current"
              >
                {server}
              </Link>{' '}
            </>
          )}
          {text}
        </p>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-xs text-muted">
          <Badge tone={urgency === 'now' ? 'bad' : 'warn'}>{OVERVIEW_WORDS[urgency]}</Badge>
          {since !== null && (
            <span>
              {OVERVIEW_WORDS.since} <Ago time={since} />
            </span>
          )}
        </p>
      </div>
      <div className="flex items-center gap-1">
        <Action item={item} />
        <CopyButton text={command} what={`command: ${command}`} />
      </div>
    </li>
  )
}

/** Where each of them is done; one whose page is not there is left to the command. */
const PLACES: Readonly<Partial<Record<Item['action'], readonly [folder: string, path: string]>>> = {
  open_logs: ['server-logs', '/servers/$name/logs'],
  review_version: ['server-security', '/servers/$name/security'],
  accept_tools: ['server-security', '/servers/$name/security'],
  read_findings: ['server-security', '/servers/$name/security'],
  compare_versions: ['server-versions', '/servers/$name/versions'],
  set_secret: ['server-config', '/servers/$name/config'],
  mend_host: ['settings', '/settings/platform'],
  make_token: ['settings', '/settings/tokens'],
}

function Action({ item: { action, label, server } }: { readonly item: Item }) {
  if (action === 'restart' && server !== null) return <Restart label={label} server={server} />
  const [folder = '', path = ''] = PLACES[action] ?? []
  if (path !== '' && hasPage(folder)) {
    return <ButtonLink to={path.replace('$name', encodeURIComponent(server ?? ''))}>{label}</ButtonLink>
  }
  return server === null ? null : (
    <ButtonLink to={`/servers/${encodeURIComponent(server)}`}>{label}</ButtonLink>
  )
}

function Restart({ label, server }: { readonly label: string; readonly server: string }) {
  const client = useQueryClient()
  const restart = useMutation({
    mutationFn: () => runVerb(server, 'restart'),
    onSettled: () => client.invalidateQueries({ queryKey: attentionQuery.queryKey }),
  })
  return (
    <>
      <Button needs="servers:write" isBusy={restart.isPending} onClick={() => restart.mutate()}>
        {label}
      </Button>
      {restart.error !== null && <Problem error={restart.error} />}
    </>
  )
}
