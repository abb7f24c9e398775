import type { ReactNode } from 'react'
import type { ComparisonJson } from '../../../src/api/schema/comparison.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { COMPARE_WORDS as WORDS } from './words.ts'

type Change = 'added' | 'removed' | 'changed'
type File = { readonly path: string; readonly change: Change }
type Dependency = ComparisonJson['dependencies'][number]
type Setting = ComparisonJson['settings'][number]
type Definition = NonNullable<ComparisonJson['definitions']>[number]

const TONES: Readonly<Record<Change, Tone>> = { added: 'good', removed: 'bad', changed: 'warn' }

/** Names and values are the archive's, so a stranger's: text, with what cannot be seen shown. */
export function Comparison({ comparison }: { readonly comparison: ComparisonJson }) {
  const files = (['changed', 'added', 'removed'] as const).flatMap((change) =>
    comparison.files[change].map((path): File => ({ path, change })),
  )
  return (
    <>
      <Part title={WORDS.files} count={comparison.file_changes} shown={files.length}>
        <Table
          label={WORDS.files}
          columns={FILES}
          items={files}
          keyOf={({ path, change }) => `${change}/${path}`}
        />
      </Part>
      <Part
        title={WORDS.dependencies}
        count={comparison.dependency_changes}
        shown={comparison.dependencies.length}
      >
        <Table
          label={WORDS.dependencies}
          columns={DEPENDENCIES}
          items={comparison.dependencies}
          keyOf={({ name, before, after }) => `${name}/${before}/${after}`}
        />
      </Part>
      <Part title={WORDS.settings} count={comparison.settings.length} shown={comparison.settings.length}>
        <Table
          label={WORDS.settings}
          columns={SETTINGS}
          items={comparison.settings}
          keyOf={({ field }) => field}
        />
      </Part>
      <Part
        title={WORDS.definitions}
        count={comparison.definitions?.length ?? 0}
        shown={comparison.definitions?.length ?? 0}
        {...(comparison.definitions === null ? { none: WORDS.unseen } : {})}
      >
        <Table
          label={WORDS.definitions}
          columns={DEFINITIONS}
          items={comparison.definitions ?? []}
          keyOf={({ kind, name }) => `${kind}/${name}`}
        />
      </Part>
    </>
  )
}

function Part({
  title,
  count,
  shown,
  none = WORDS.none,
  children,
}: {
  readonly title: string
  readonly count: number
  /** The API gives a part of very many. */
  readonly shown: number
  readonly none?: string
  readonly children: ReactNode
}) {
  return (
    <section className="border-b border-line last:border-0">
      <h3 className="flex items-center gap-2 px-4 pt-3 pb-1.5 text-sm font-medium">
        {title}
        {count > 0 && <Badge>{count}</Badge>}
      </h3>
      {count === 0 ? <p className="px-4 pb-3 text-sm text-muted">{none}</p> : children}
      {count > shown && <p className="px-4 py-2 text-sm text-muted">{WORDS.more(count - shown)}</p>}
    </section>
  )
}

const changeColumn = {
  id: 'change',
  label: WORDS.change,
  className: 'w-24',
  render: ({ change }: { readonly change: Change }) => (
    <Badge tone={TONES[change]}>{WORDS.changes[change]}</Badge>
  ),
}

const FILES: readonly Column<File>[] = [
  changeColumn,
  {
    id: 'path',
    label: WORDS.name,
    isHeader: true,
    render: ({ path }) => (
      <code className="text-xs break-all">
        <VisibleText text={path} />
      </code>
    ),
  },
]

const DEPENDENCIES: readonly Column<Dependency>[] = [
  {
    id: 'change',
    label: WORDS.change,
    className: 'w-24',
    render: ({ before, after }) =>
      changeColumn.render({ change: before === null ? 'added' : after === null ? 'removed' : 'changed' }),
  },
  { id: 'name', label: WORDS.name, isHeader: true, render: ({ name }) => <VisibleText text={name} /> },
  { id: 'before', label: WORDS.before, render: ({ before }) => before ?? '–' },
  { id: 'after', label: WORDS.after, render: ({ after }) => after ?? '–' },
]

const SETTINGS: readonly Column<Setting>[] = [
  { id: 'field', label: WORDS.field, isHeader: true, render: ({ field }) => <code>{field}</code> },
  {
    id: 'before',
    label: WORDS.before,
    render: ({ field, before }) => <Value field={field} value={before} />,
  },
  { id: 'after', label: WORDS.after, render: ({ field, after }) => <Value field={field} value={after} /> },
]

const DEFINITIONS: readonly Column<Definition>[] = [
  changeColumn,
  { id: 'kind', label: WORDS.kind, className: 'w-24', render: ({ kind }) => kind },
  {
    id: 'name',
    label: WORDS.name,
    isHeader: true,
    className: 'break-all',
    render: ({ name }) => <VisibleText text={name} />,
  },
]

function Value({ field, value }: { readonly field: string; readonly value: unknown }) {
  if (field.startsWith('environment.')) return <span className="text-muted">{WORDS.hidden}</span>
  if (value === null || value === undefined || value === '') return <>–</>
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return (
    <code className="text-xs break-words">
      <VisibleText text={text} />
    </code>
  )
}
