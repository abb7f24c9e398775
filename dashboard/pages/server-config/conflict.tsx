import { GitMerge } from 'lucide-react'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Table } from '../../parts/table.tsx'
import { showSetting } from './setting-control.tsx'
import { listForeign, VARIABLE, type Edits, type Settings } from './settings.ts'
import { CONFIG_WORDS as WORDS } from './words.ts'

/** Two people changed the same server: what each did, and who decides. */
export function Conflict({
  base,
  theirs,
  edits,
  onKeep,
  onDrop,
}: {
  /** What the edits were made on. */
  readonly base: Settings
  readonly theirs: Settings
  readonly edits: Edits
  readonly onKeep: () => void
  readonly onDrop: () => void
}) {
  const foreign = new Set(listForeign(base, theirs))
  const fields = [...new Set([...foreign, ...Object.keys(edits)])]
  const isVariable = (field: string) => field.startsWith(VARIABLE)
  return (
    <section
      role="alert"
      aria-label={WORDS.conflictTitle}
      className="overflow-hidden rounded-lg border border-warn bg-surface"
    >
      <div className="flex flex-wrap items-start gap-3 bg-warn-soft px-4 py-3">
        <GitMerge aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
        <div className="min-w-0 flex-1 basis-64">
          <p className="font-medium text-warn">{WORDS.conflictTitle}</p>
          <p className="text-sm">{WORDS.conflictText}</p>
          {foreign.size === 0 && <p className="mt-1 text-sm">{WORDS.conflictUnseen}</p>}
        </div>
        <div className="flex flex-wrap gap-2">
          <Button onClick={onDrop}>{WORDS.dropMine}</Button>
          <Button variant="primary" onClick={onKeep}>
            {WORDS.keepMine}
          </Button>
        </div>
      </div>
      <Table
        label={WORDS.conflictTitle}
        columns={[
          {
            id: 'field',
            label: WORDS.field,
            isHeader: true,
            render: (field) => <code className="text-xs break-all">{field}</code>,
          },
          {
            id: 'opened',
            label: WORDS.opened,
            className: 'break-words text-muted',
            render: (field) => (isVariable(field) ? '–' : showSetting(base[field])),
          },
          {
            id: 'theirs',
            label: WORDS.theirs,
            className: 'break-words',
            render: (field) =>
              isVariable(field) ? (
                '–'
              ) : foreign.has(field) ? (
                <Badge tone="warn">{showSetting(theirs[field])}</Badge>
              ) : (
                showSetting(theirs[field])
              ),
          },
          {
            id: 'mine',
            label: WORDS.mine,
            className: 'break-words',
            render: (field) => {
              const value = edits[field]
              if (value === undefined) return '–'
              if (isVariable(field)) return value === null ? WORDS.removed : WORDS.newValue
              return <Badge tone="accent">{value === null ? WORDS.asVersion : showSetting(value)}</Badge>
            },
          },
        ]}
        items={fields}
        keyOf={(field) => field}
      />
    </section>
  )
}
