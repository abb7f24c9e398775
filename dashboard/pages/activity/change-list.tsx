import { showValue } from './show-value.ts'
import { ACTIVITY_WORDS } from './words.ts'

type Change = {
  readonly field: string
  readonly before?: unknown
  readonly after?: unknown
  readonly change?: string
}

/** What a change did, where the record says so. Values that may be secret are not in it. */
export function ChangeList({ details }: { readonly details: Readonly<Record<string, unknown>> }) {
  const changes = readChanges(details)
  if (changes.length === 0) return null
  const { field, before, after } = ACTIVITY_WORDS.changes
  return (
    <div className="mb-4 overflow-x-auto" tabIndex={0} role="region" aria-label={ACTIVITY_WORDS.changes.list}>
      <table className="w-full text-left text-sm">
        <thead className="text-xs text-muted">
          <tr>
            {[field, before, after].map((label) => (
              <th key={label} scope="col" className="py-1 pr-4 font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.field} className="border-t border-line align-top">
              <th scope="row" className="py-1.5 pr-4 font-medium break-all">
                {change.field}
              </th>
              {change.change === undefined ? (
                <>
                  <td className="py-1.5 pr-4 break-all text-muted">{showValue(change.before)}</td>
                  <td className="py-1.5 break-all">{showValue(change.after)}</td>
                </>
              ) : (
                <td colSpan={2} className="py-1.5 text-muted">
                  {change.change}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function readChanges({ changes }: Readonly<Record<string, unknown>>): readonly Change[] {
  if (!Array.isArray(changes)) return []
  return changes.filter(
    (change: unknown): change is Change =>
      typeof change === 'object' && change !== null && 'field' in change && typeof change.field === 'string',
  )
}
