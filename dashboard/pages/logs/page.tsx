import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ScrollText } from 'lucide-react'
import { useState } from 'react'
import { serversQuery } from '../../lib/queries.ts'
import { useUrlState } from '../../lib/search.ts'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { TextField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { LogPanel } from '../../parts/log-view/log-panel.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Popover } from '../../parts/popover.tsx'
import { SkeletonRows } from '../../parts/skeleton.tsx'
import { Switch } from '../../parts/switch.tsx'
import { LOGS_WORDS } from './words.ts'

/** Each is a connection that stays open, and a browser opens six to one place. */
const MAX_SERVERS = 4
const MAX_SHOWN = 50

export function Page() {
  const servers = useQuery(serversQuery)
  const [url, setUrl] = useUrlState({ servers: '' })
  const known = servers.data ?? []
  const wanted = url.servers.split(',').filter((name) => known.some((server) => server.name === name))
  const first = known.find(({ status }) => status === 'running') ?? known[0]
  const chosen = (wanted.length > 0 ? wanted : first === undefined ? [] : [first.name]).slice(0, MAX_SERVERS)
  return (
    <Frame
      title={LOGS_WORDS.title}
      description={LOGS_WORDS.description}
      isWide
      actions={
        known.length > 0 && (
          <ServerPicker
            names={known.map(({ name }) => name)}
            chosen={chosen}
            onChange={(names) => setUrl({ servers: names.join(','), line: '' } as never)}
          />
        )
      }
    >
      <ListStates
        query={servers}
        count={known.length}
        skeleton={<SkeletonRows count={14} className="h-3" />}
        empty={
          <Empty
            icon={ScrollText}
            title={LOGS_WORDS.empty}
            text={LOGS_WORDS.emptyText}
            cli="haivemind deploy ./my-server"
          />
        }
      >
        <LogPanel servers={chosen} />
      </ListStates>
    </Frame>
  )
}

function ServerPicker({
  names,
  chosen,
  onChange,
}: {
  readonly names: readonly string[]
  readonly chosen: readonly string[]
  readonly onChange: (names: readonly string[]) => void
}) {
  const [find, setFind] = useState('')
  const shown = names.filter((name) => name.includes(find.toLowerCase())).slice(0, MAX_SHOWN)
  return (
    <Popover
      label={LOGS_WORDS.choose}
      trigger={
        <Button icon={ChevronDown} aria-label={`${LOGS_WORDS.choose}: ${LOGS_WORDS.chosen(chosen)}`}>
          {LOGS_WORDS.chosen(chosen)}
        </Button>
      }
    >
      <div className="flex w-60 flex-col gap-2">
        <TextField
          label={LOGS_WORDS.find}
          isLabelHidden
          placeholder={LOGS_WORDS.find}
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <div className="flex max-h-64 flex-col gap-1 overflow-y-auto">
          {shown.map((name) => {
            const isOn = chosen.includes(name)
            return (
              <Switch
                key={name}
                label={name}
                isOn={isOn}
                isDisabled={isOn ? chosen.length === 1 : chosen.length >= MAX_SERVERS}
                onChange={(next) => onChange(next ? [...chosen, name] : chosen.filter((one) => one !== name))}
              />
            )
          })}
        </div>
        <p className="text-xs text-muted">{LOGS_WORDS.most(MAX_SERVERS)}</p>
      </div>
    </Popover>
  )
}
