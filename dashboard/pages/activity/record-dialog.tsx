import type { AuditRecordJson } from '../../../src/api/schema/audit.ts'
import { formatTime } from '../../lib/format.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ACTIVITY_WORDS } from './words.ts'

export function RecordDialog({
  record,
  onClose,
}: {
  readonly record: AuditRecordJson | null
  readonly onClose: () => void
}) {
  if (record === null) return null
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="lg"
      title={`${record.action} (${record.seq})`}
      description={`${record.actor}, ${formatTime(record.ts)}`}
    >
      <div className="flex flex-col gap-4">
        <Changes details={record.details} />
        <CodeBlock code={JSON.stringify(record, null, 2)} what={ACTIVITY_WORDS.details} isWrapped />
      </div>
    </Dialog>
  )
}

/** Records of a change carry both sides; what they have in common is left out. */
function Changes({ details }: { readonly details: AuditRecordJson['details'] }) {
  const { before, after } = details
  if (!isRecord(before) || !isRecord(after)) return null
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  return (
    <table className="w-full text-sm">
      <caption className="mb-1 text-left font-semibold">{ACTIVITY_WORDS.changed}</caption>
      <thead className="text-left text-xs text-muted">
        <tr>
          <td />
          <th scope="col">{ACTIVITY_WORDS.before}</th>
          <th scope="col">{ACTIVITY_WORDS.after}</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name} className="border-t border-line">
            <th scope="row" className="py-1 pr-3 text-left font-medium">
              {name}
            </th>
            <td className="pr-3 break-all text-bad">{render(before[name])}</td>
            <td className="break-all text-good">{render(after[name])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function render(value: unknown): string {
  return value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value)
}
