import { stripUnseen } from '../../lib/ansi.ts'
import { cn } from '../../lib/cn.ts'
import { showRow } from '../../lib/show-row.ts'

export type Offered = {
  readonly key: string
  readonly title: string
  readonly code: string
  readonly description: string
}

export function OfferList({
  items,
  chosen,
  onChoose,
}: {
  readonly items: readonly Offered[]
  readonly chosen: string
  readonly onChoose: (key: string) => void
}) {
  return (
    <ul className="max-h-[calc(100dvh-22rem)] min-h-40 overflow-y-auto">
      {items.map(({ key, title, code, description }) => (
        <li key={key} className="border-b border-line last:border-0">
          <button
            type="button"
            ref={key === chosen ? showRow : undefined}
            aria-current={key === chosen || undefined}
            className={cn(
              'flex w-full flex-col items-start gap-0.5 border-l-2 px-3 py-2 text-left',
              key === chosen ? 'border-accent bg-accent-soft' : 'border-transparent hover:bg-hover',
            )}
            onClick={() => onChoose(key)}
          >
            <span className="max-w-full text-sm font-medium break-words">{stripUnseen(title)}</span>
            {code !== title && (
              <span className="max-w-full truncate font-mono text-xs text-muted">{stripUnseen(code)}</span>
            )}
            {description !== '' && (
              <span className="line-clamp-2 text-xs break-words text-muted">
                {stripUnseen(description).slice(0, 300)}
              </span>
            )}
          </button>
        </li>
      ))}
    </ul>
  )
}
