import type { ReactNode } from 'react'

type Fact = readonly [label: string, value: ReactNode]

/** Names and what they are, in two columns. `className`: the columns and the space between them. */
export function FactList({
  facts,
  className,
}: {
  readonly facts: readonly Fact[]
  readonly className: string
}) {
  return (
    <dl className={`grid gap-y-2 text-sm ${className}`}>
      {facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
