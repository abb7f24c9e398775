import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ArrowLeftRight } from 'lucide-react'
import type { ComparisonJson } from '../../../src/api/schema/comparison.ts'
import type { VersionJson } from '../../../src/api/schema/server.ts'
import { api } from '../../lib/api.ts'
import { useUrlState } from '../../lib/search.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { SelectField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { SkeletonRows } from '../../parts/skeleton.tsx'
import { Comparison } from './comparison.tsx'
import { COMPARE_WORDS as WORDS, VERSION_WORDS } from './words.ts'

/** Two chosen versions, or what the active one changed. */
export function Compare({
  name,
  versions,
  active,
}: {
  readonly name: string
  /** Newest first. */
  readonly versions: readonly VersionJson[]
  readonly active: number | null
}) {
  const newest = versions[0]?.number ?? 0
  const to = active ?? newest
  const older = versions.find(({ number }) => number < to)?.number
  const defaults =
    older === undefined ? { from: String(to), to: String(newest) } : { from: String(older), to: String(to) }
  const [state, set] = useUrlState({ from: '', to: '' })
  const from = state.from === '' ? defaults.from : state.from
  const until = state.to === '' ? defaults.to : state.to
  const isSame = from === until
  const comparison = useQuery({
    queryKey: ['server', name, 'versions', 'compare', from, until],
    queryFn: ({ signal }) =>
      api<ComparisonJson>(`/servers/${encodeURIComponent(name)}/versions/compare`, {
        query: { from, to: until },
        signal,
      }),
    enabled: !isSame,
    // Two versions never change.
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  })
  const options = versions.map(({ number, status }) => ({
    value: String(number),
    label: `${number}, ${VERSION_WORDS.standings[status]}`,
  }))
  if (versions.length < 2) return <p className="text-sm text-muted">{WORDS.one}</p>
  return (
    <Card
      title={WORDS.title}
      description={WORDS.text}
      isFlush
      actions={
        <>
          <Side
            label={WORDS.from}
            value={from}
            options={options}
            onChange={(value) => set({ from: value, to: until }, 'push')}
          />
          <Button
            size="sm"
            variant="ghost"
            icon={ArrowLeftRight}
            aria-label={WORDS.swap}
            onClick={() => set({ from: until, to: from }, 'push')}
          />
          <Side
            label={WORDS.to}
            value={until}
            options={options}
            onChange={(value) => set({ from, to: value }, 'push')}
          />
        </>
      }
    >
      {isSame ? (
        <p className="p-4 text-sm text-muted">{WORDS.sameVersion}</p>
      ) : comparison.error !== null ? (
        <div className="p-4">
          <Problem error={comparison.error} onRetry={() => void comparison.refetch()} />
        </div>
      ) : comparison.data === undefined ? (
        <SkeletonRows count={3} />
      ) : (
        <Comparison comparison={comparison.data} />
      )}
    </Card>
  )
}

function Side({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly onChange: (value: string) => void
}) {
  return (
    <span className="flex items-center gap-1.5 text-sm text-muted">
      <span aria-hidden>{label}</span>
      <SelectField
        label={label}
        isLabelHidden
        value={value}
        options={options}
        onChange={(event) => onChange(event.target.value)}
      />
    </span>
  )
}
