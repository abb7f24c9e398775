import type { AuditRecordJson } from '../../../src/api/schema/audit.ts'
import { formatTime } from '../../lib/format.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ChangeList } from './change-list.tsx'
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
      <ChangeList details={record.details} />
      <CodeBlock code={JSON.stringify(record, null, 2)} what={ACTIVITY_WORDS.details} isWrapped />
    </Dialog>
  )
}
