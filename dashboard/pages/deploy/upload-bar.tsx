import { formatBytes } from '../../lib/format.ts'
import { Button } from '../../parts/button.tsx'
import type { Progress } from './upload.ts'
import { DEPLOY_WORDS as WORDS } from './words.ts'

export function UploadBar({
  progress: { sent, total, bytesPerSecond },
  onCancel,
}: {
  readonly progress: Progress
  readonly onCancel: () => void
}) {
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface px-4 py-3">
      <progress
        aria-label={WORDS.uploading}
        className="h-2 min-w-40 flex-1 accent-accent"
        value={sent}
        max={Math.max(total, 1)}
      />
      <span className="text-sm text-muted tabular-nums">
        {WORDS.speed(formatBytes(sent), formatBytes(total), formatBytes(bytesPerSecond))}
      </span>
      <Button size="sm" onClick={onCancel}>
        {WORDS.cancelUpload}
      </Button>
    </div>
  )
}
