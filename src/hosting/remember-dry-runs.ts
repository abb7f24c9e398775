import { createHash } from 'node:crypto'
import { renderCanonicalJson } from '../domain/canonical-json.ts'
import type { DryRunReport } from '../domain/dry-run.ts'
import type { DryRuns } from './ports.ts'

const KEPT = 100

/** The same tree with the same command and settings does the same again: until the platform ends, once is enough. */
export function rememberDryRuns(dryRuns: DryRuns): DryRuns {
  const known = new Map<string, DryRunReport>()
  return {
    async run(version, signal) {
      const { treeHash, config, detection } = version
      const { command, runtime } = detection
      const subject = renderCanonicalJson({ treeHash, config: { ...config }, command, runtime })
      const key = createHash('sha256').update(subject).digest('hex')
      const before = known.get(key)
      if (before !== undefined) return before
      const report = await dryRuns.run(version, signal)
      // One that got nowhere may get further next time.
      if (report.outcome === 'answered') known.set(key, report)
      for (const oldest of known.keys()) {
        if (known.size <= KEPT) break
        known.delete(oldest)
      }
      return report
    },
  }
}
