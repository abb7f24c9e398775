import type { SecurityListJson } from '../../../src/api/schema/finding.ts'
import type { Severity } from '../../../src/domain/finding.ts'
import { Badge } from '../badge.tsx'
import { SEVERITY_TONES } from './finding-item.tsx'

/** Worst first. */
const SEVERITIES = Object.keys(SEVERITY_TONES) as Severity[]

export function SeverityCounts({ counts }: { readonly counts: SecurityListJson['items'][number]['counts'] }) {
  const found = SEVERITIES.filter((severity) => (counts?.[severity] ?? 0) > 0)
  if (found.length === 0) return <>–</>
  return (
    <span className="flex flex-wrap gap-1">
      {found.map((severity) => (
        <Badge key={severity} tone={SEVERITY_TONES[severity]}>
          {counts?.[severity]} {severity}
        </Badge>
      ))}
    </span>
  )
}
