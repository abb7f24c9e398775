import type { ReactNode } from 'react'
import type { FindingJson } from '../../../src/api/schema/finding.ts'
import type { Severity } from '../../../src/domain/finding.ts'
import { Badge, type Tone } from '../badge.tsx'

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'idle',
  info: 'idle',
}

/** One thing that a scan found: why it matters, where it is, what to do. All text of an upload stays text. */
export function FindingItem({
  finding,
  actions,
}: {
  readonly finding: FindingJson
  readonly actions?: ReactNode
}) {
  const { severity, rule_id, file, line, reason, fix, excerpt, cwe, suppressed } = finding
  return (
    <article className="flex flex-col gap-2 border-b border-line px-4 py-3 text-sm last:border-0">
      <header className="flex flex-wrap items-center gap-2">
        <Badge tone={suppressed === null ? SEVERITY_TONES[severity] : 'idle'}>{severity}</Badge>
        <h3 className="font-medium">{rule_id}</h3>
        {cwe !== null && <span className="text-xs text-muted">{cwe}</span>}
        {suppressed !== null && <Badge>does not count: {suppressed.reason}</Badge>}
        <span className="ml-auto">{actions}</span>
      </header>
      <p>{reason}</p>
      {file !== null && (
        <figure className="min-w-0 overflow-hidden rounded-md border border-line bg-sunken">
          <figcaption className="border-b border-line px-3 py-1 font-mono text-xs break-all text-muted">
            {file}
            {line !== null && `:${line}`}
          </figcaption>
          {excerpt !== null && (
            <pre tabIndex={0} className="overflow-x-auto px-3 py-2 text-sm">
              <code>{excerpt}</code>
            </pre>
          )}
        </figure>
      )}
      <p className="text-sm text-muted">{fix}</p>
    </article>
  )
}
