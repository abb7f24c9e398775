import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '../lib/cn.ts'

export type Column<T> = {
  readonly id: string
  readonly label: string
  readonly render: (item: T) => ReactNode
  /** Numbers stand at the right. */
  readonly isNumber?: boolean
  /** The name of the row for screen readers. */
  readonly isHeader?: boolean
  readonly canSort?: boolean
  readonly className?: string
}

export type Sort = { readonly by: string; readonly isDescending: boolean }

/** A table with headers; it scrolls sideways by itself where the page is too narrow. */
export function Table<T>({
  label,
  columns,
  items,
  keyOf,
  sort = null,
  onSort,
}: {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  readonly sort?: Sort | null
  readonly onSort?: (sort: Sort) => void
}) {
  return (
    <div tabIndex={0} role="region" aria-label={label} className="overflow-x-auto">
      <table className="w-full border-collapse text-sm">
        <thead>
          <tr className="border-b border-line text-left text-xs text-muted">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                aria-sort={
                  sort?.by === column.id ? (sort.isDescending ? 'descending' : 'ascending') : undefined
                }
                className={cn(
                  'px-3 py-1.5 font-medium whitespace-nowrap',
                  column.isNumber && 'text-right',
                  column.className,
                )}
              >
                <SortButton column={column} sort={sort} onSort={onSort} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)} className="border-b border-line last:border-0 hover:bg-hover/60">
              {columns.map((column) => {
                const Cell = column.isHeader === true ? 'th' : 'td'
                return (
                  <Cell
                    key={column.id}
                    {...(column.isHeader === true ? { scope: 'row' } : {})}
                    className={cn(
                      'h-10 px-3 py-1.5 text-left align-middle font-normal',
                      column.isNumber && 'text-right tabular-nums whitespace-nowrap',
                      column.className,
                    )}
                  >
                    {column.render(item)}
                  </Cell>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function SortButton({
  column: { id, label, canSort },
  sort,
  onSort,
}: {
  readonly column: { readonly id: string; readonly label: string; readonly canSort?: boolean }
  readonly sort: Sort | null
  readonly onSort: ((sort: Sort) => void) | undefined
}) {
  if (canSort !== true || onSort === undefined) return label
  const isActive = sort?.by === id
  const Arrow = isActive && sort.isDescending ? ArrowDown : ArrowUp
  return (
    <button
      type="button"
      className="inline-flex min-h-6 items-center gap-1 rounded-sm hover:text-text"
      onClick={() => onSort({ by: id, isDescending: isActive && !sort.isDescending })}
    >
      {label}
      <Arrow aria-hidden className={cn('size-3', !isActive && 'opacity-0')} />
    </button>
  )
}
