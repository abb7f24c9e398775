import { Boxes } from 'lucide-react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Status } from '../../parts/status.tsx'
import { HUB_WORDS } from './words.ts'

/** None chosen: all. */
export function ServerChoice({
  query,
  servers,
  chosen,
  max,
  onChoose,
}: {
  readonly query: Parameters<typeof ListStates>[0]['query']
  readonly servers: readonly ServerJson[]
  readonly chosen: readonly string[]
  readonly max: number
  readonly onChoose: (names: readonly string[]) => void
}) {
  return (
    <Card title={HUB_WORDS.servers} description={HUB_WORDS.serversText} isFlush>
      <ListStates
        query={query}
        count={servers.length}
        empty={<Empty icon={Boxes} title={HUB_WORDS.emptyTitle} cli={HUB_WORDS.emptyCli} />}
      >
        <label className="flex min-h-9 items-center gap-2.5 border-b border-line px-4 py-1.5 text-sm font-medium">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={chosen.length === 0}
            onChange={() => onChoose([])}
          />
          {HUB_WORDS.all}
        </label>
        <ul aria-label={HUB_WORDS.some} className="max-h-64 overflow-y-auto lg:max-h-[calc(100dvh-24rem)]">
          {servers.map(({ name, status, health, idle }) => (
            <li key={name} className="border-b border-line last:border-0">
              <label className="flex min-h-9 flex-wrap items-center gap-x-2.5 px-4 py-1.5 text-sm">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={chosen.includes(name)}
                  disabled={!chosen.includes(name) && chosen.length >= max}
                  onChange={(event) =>
                    onChoose(
                      event.target.checked
                        ? [...chosen, name].toSorted()
                        : chosen.filter((one) => one !== name),
                    )
                  }
                />
                <span className="min-w-0 flex-1 break-all">{name}</span>
                <span className="text-xs">
                  <Status status={status} health={health} isIdle={idle} />
                </span>
              </label>
            </li>
          ))}
        </ul>
      </ListStates>
    </Card>
  )
}
