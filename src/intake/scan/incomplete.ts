import type { RawFinding } from './raw-finding.ts'

const NAMED = 5

/** What was not looked at cannot be vouched for; nothing for an empty list. */
export function buildIncomplete(
  unseen: readonly string[],
  why = 'too large or too slow to look into',
): RawFinding[] {
  if (unseen.length === 0) return []
  const names = unseen.slice(0, NAMED).join(', ')
  const rest = unseen.length > NAMED ? ` and ${unseen.length - NAMED} more` : ''
  return [
    {
      ruleId: 'scanner.incomplete',
      severity: 'high',
      confidence: 'high',
      file: unseen.length === 1 ? (unseen[0] ?? null) : null,
      line: null,
      reason: `Not everything was scanned (${why}): ${names}${rest}.`,
      fix: 'Leave out what the server does not need, or split what is too large; else somebody has to read it.',
      cwe: null,
      evidence: unseen.join('\n'),
      shown: `${names}${rest}`,
    },
  ]
}

/** The scan itself broke: nothing is known. */
export function buildBroken(why: string): RawFinding {
  return {
    ruleId: 'scanner.incomplete',
    severity: 'high',
    confidence: 'high',
    file: null,
    line: null,
    reason: `The scan did not end: ${why}.`,
    fix: 'Deploy again; if it happens again, somebody has to read the archive, or mcp_hosting.security.scan_timeout is too short for it.',
    cwe: null,
    evidence: why,
  }
}
