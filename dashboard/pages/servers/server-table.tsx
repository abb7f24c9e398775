/** Only the rows in sight are in the page: a thousand servers are as quick as ten. */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState } from 'react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { cn } from '../../lib/cn.ts'
import { formatPercent, formatSpan } from '../../lib/format.ts'
import { IS_WIDE, useMedia } from '../../lib/use-media.ts'
import { Status } from '../../parts/status.tsx'
import { SortButton, type Sort } from '../../parts/table.tsx'
import { COLUMNS, findLastError, Memory, ServerLink } from './columns.tsx'
import { Checkbox } from './filter-bar.tsx'
import { SERVERS_WORDS } from './words.ts'

const ROW = 44
const CARD = 88

type Props = {
  readonly servers: readonly ServerJson[]
  readonly sort: Sort
  readonly onSort: (sort: Sort) => void
  readonly selected: ReadonlySet<string>
  readonly onSelect: (names: readonly string[], isOn: boolean) => void
}

export function ServerTable(props: Props) {
  const isWide = useMedia(IS_WIDE)
  const place = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    const top = place.current?.getBoundingClientRect().top ?? 0
    setMargin(top + window.scrollY)
  }, [])
  const virtual = useWindowVirtualizer({
    count: props.servers.length,
    estimateSize: () => (isWide ? ROW : CARD),
    overscan: 12,
    scrollMargin: margin,
    getItemKey: (index) => props.servers[index]?.name ?? index,
  })
  const items = virtual.getVirtualItems()
  const before = (items[0]?.start ?? margin) - margin
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? margin) - margin)
  const shown = items.flatMap(({ index }) => {
    const server = props.servers[index]
    return server === undefined ? [] : [{ index, server }]
  })
  const Body = isWide ? Rows : Cards
  return (
    <div ref={place}>
      <Body {...props} shown={shown} before={before} after={after} />
    </div>
  )
}

type BodyProps = Props & {
  readonly shown: readonly { readonly index: number; readonly server: ServerJson }[]
  readonly before: number
  readonly after: number
}

function SelectAll({ servers, selected, onSelect }: Props) {
  const names = servers.map(({ name }) => name)
  const count = names.filter((name) => selected.has(name)).length
  return (
    <Checkbox
      label={SERVERS_WORDS.selectAll}
      isOn={count > 0 && count === names.length}
      isMixed={count > 0 && count < names.length}
      onChange={(isOn) => onSelect(names, isOn)}
    />
  )
}

function Rows({ shown, before, after, ...props }: BodyProps) {
  const { servers, sort, onSort, selected, onSelect } = props
  return (
    <div tabIndex={0} role="region" aria-label={SERVERS_WORDS.list} className="overflow-x-auto">
      <table className="w-full border-collapse text-sm" aria-rowcount={servers.length + 1}>
        <thead>
          <tr className="border-b border-line text-left text-xs text-muted" aria-rowindex={1}>
            <td className="w-8 pl-3">
              <SelectAll {...props} />
            </td>
            {COLUMNS.map((column) => (
              <th
                key={column.id}
                scope="col"
                aria-sort={
                  sort.by === column.id ? (sort.isDescending ? 'descending' : 'ascending') : undefined
                }
                className={cn('h-9 px-3 font-medium whitespace-nowrap', column.isNumber && 'text-right')}
              >
                <SortButton column={column} sort={sort} onSort={onSort} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={before} />
          {shown.map(({ index, server }) => (
            <tr
              key={server.name}
              aria-rowindex={index + 2}
              className={cn(
                'h-11 border-b border-line last:border-0 hover:bg-hover/60',
                selected.has(server.name) && 'bg-accent-soft',
              )}
            >
              <td className="pl-3">
                <Checkbox
                  label={SERVERS_WORDS.select(server.name)}
                  isOn={selected.has(server.name)}
                  onChange={(isOn) => onSelect([server.name], isOn)}
                />
              </td>
              {COLUMNS.map((column) => {
                const Cell = column.isHeader === true ? 'th' : 'td'
                return (
                  <Cell
                    key={column.id}
                    {...(column.isHeader === true ? { scope: 'row' } : {})}
                    className={cn(
                      'px-3 text-left font-normal whitespace-nowrap',
                      column.isNumber && 'text-right tabular-nums',
                      column.className,
                    )}
                  >
                    {column.render(server)}
                  </Cell>
                )
              })}
            </tr>
          ))}
          <Gap height={after} />
        </tbody>
      </table>
    </div>
  )
}

/** In place of the rows that are out of sight. */
function Gap({ height }: { readonly height: number }) {
  if (height <= 0) return null
  return (
    <tr aria-hidden>
      <td colSpan={COLUMNS.length + 1} style={{ height }} />
    </tr>
  )
}

function Cards({ shown, before, after, ...props }: BodyProps) {
  const { selected, onSelect } = props
  return (
    <>
      <div className="flex items-center gap-1 border-b border-line px-3 py-1 text-xs text-muted">
        <SelectAll {...props} /> {SERVERS_WORDS.selectAll}
      </div>
      <ul aria-label={SERVERS_WORDS.list} style={{ paddingTop: before, paddingBottom: Math.max(after, 0) }}>
        {shown.map(({ server }) => (
          <li
            key={server.name}
            className={cn(
              'flex h-22 gap-2 overflow-hidden border-b border-line p-3',
              selected.has(server.name) && 'bg-accent-soft',
            )}
          >
            <Checkbox
              label={SERVERS_WORDS.select(server.name)}
              isOn={selected.has(server.name)}
              onChange={(isOn) => onSelect([server.name], isOn)}
            />
            <div className="flex min-w-0 flex-1 flex-col gap-1 text-sm">
              <div className="flex items-center justify-between gap-2">
                <ServerLink name={server.name} />
                <Status status={server.status} health={server.health} isIdle={server.idle} />
              </div>
              <div className="flex flex-wrap items-center gap-x-3 text-xs text-muted">
                <span>{formatSpan(server.uptime_seconds)}</span>
                <span>
                  {SERVERS_WORDS.columns.cpu} {formatPercent(server.usage?.cpu_percent)}
                </span>
                <Memory {...server} />
              </div>
              <p className="truncate text-xs text-muted">{findLastError(server) ?? server.description}</p>
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}
