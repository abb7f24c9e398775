import { toApiError } from '../../lib/api.ts'
import { plural } from '../../lib/format.ts'
import { WORDS as SHARED } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Table } from '../../parts/table.tsx'
import { showSetting } from './setting-control.tsx'
import { decideWhen, VARIABLE, type Edits, type Settings } from './settings.ts'
import { CONFIG_WORDS as WORDS } from './words.ts'

/** Stays in sight while something is not saved; what is saved is seen first. */
export function SaveBar({
  base,
  edits,
  problems,
  isBroken,
  isBusy,
  error,
  isOpen,
  setOpen,
  onSave,
  onDiscard,
}: {
  readonly base: Settings
  readonly edits: Edits
  readonly problems: ReadonlyMap<string, string>
  readonly isBroken: boolean
  readonly isBusy: boolean
  readonly error: unknown
  /** Whether the changes are reviewed. */
  readonly isOpen: boolean
  readonly setOpen: (isOpen: boolean) => void
  readonly onSave: () => void
  readonly onDiscard: () => void
}) {
  const fields = Object.keys(edits).sort()
  if (fields.length === 0 && !isBroken) return null
  return (
    <div className="sticky bottom-3 z-20 flex flex-wrap items-center justify-between gap-2 rounded-lg border border-line bg-raised px-4 py-2.5 shadow-float">
      <p role="status" className="text-sm font-medium">
        {WORDS.changes(fields.length)}
      </p>
      <div className="flex gap-2">
        <Button onClick={onDiscard}>{WORDS.discard}</Button>
        <Button
          variant="primary"
          needs="servers:write"
          disabled={isBroken || fields.length === 0}
          onClick={() => setOpen(true)}
        >
          {WORDS.review}
        </Button>
      </div>
      {isOpen && (
        <Dialog isOpen onClose={() => setOpen(false)} title={WORDS.reviewTitle} size="lg">
          <div className="flex flex-col gap-4">
            <Table
              label={plural(fields.length, 'change')}
              columns={[
                {
                  id: 'field',
                  label: WORDS.field,
                  isHeader: true,
                  render: (field) => <code className="text-xs break-all">{field}</code>,
                },
                {
                  id: 'before',
                  label: WORDS.before,
                  className: 'max-w-48 break-words text-muted',
                  render: (field) => (field.startsWith(VARIABLE) ? '–' : showSetting(base[field])),
                },
                {
                  id: 'after',
                  label: WORDS.after,
                  className: 'max-w-48 break-words',
                  render: (field) => showAfter(field, edits[field]),
                },
                {
                  id: 'holds',
                  label: WORDS.holds,
                  className: 'whitespace-nowrap',
                  render: (field) => (
                    <Badge tone={decideWhen(field) === 'nextStart' ? 'warn' : 'good'}>
                      {WORDS.when[decideWhen(field)]}
                    </Badge>
                  ),
                },
              ]}
              items={fields}
              keyOf={(field) => field}
            />
            {problems.size > 0 && (
              <div role="alert" className="text-sm text-bad">
                <p className="font-medium">{WORDS.problems}</p>
                <ul className="list-disc pl-5">
                  {[...problems].map(([field, message]) => (
                    <li key={field}>
                      <code>{field}</code> {message}
                    </li>
                  ))}
                </ul>
              </div>
            )}
            {error !== null && !isConflict(error) && <Problem error={error} />}
            <div className="flex justify-end gap-2">
              <Button onClick={() => setOpen(false)}>{SHARED.cancel}</Button>
              <Button variant="primary" isBusy={isBusy} disabled={problems.size > 0} onClick={onSave}>
                {WORDS.save}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </div>
  )
}

export function isConflict(error: unknown): boolean {
  return error !== null && toApiError(error).code === 'precondition_failed'
}

function showAfter(field: string, value: Edits[string] | undefined): string {
  if (field.startsWith(VARIABLE)) return value === null ? WORDS.removed : WORDS.newValue
  return value === null ? WORDS.asVersion : showSetting(value)
}
