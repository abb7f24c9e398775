import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import type { ScanCache } from '../../domain/scan-report.ts'
import { jsonColumn } from './columns.ts'
import type { Database } from './database.ts'
import { scanReport } from './scan-columns.ts'

const row = z.object({ report: jsonColumn(scanReport) })

/** What was scanned before, by the tree and the rules. */
export function createScanStore(
  database: Database,
  clock: Clock,
): ScanCache & { removeBefore(time: number): void } {
  return {
    async find(sourceHash, ruleSet) {
      const found = database.get(
        'SELECT report FROM scans WHERE source_hash = $sourceHash AND rule_set = $ruleSet',
        { sourceHash, ruleSet },
      )
      return found && row.parse(found).report
    },
    async put(report) {
      const { sourceHash, ruleSet } = report
      database.run('INSERT OR REPLACE INTO scans VALUES ($sourceHash, $ruleSet, $report, $at)', {
        sourceHash,
        ruleSet,
        report: JSON.stringify(report),
        at: clock.now(),
      })
    },
    removeBefore(time) {
      database.run('DELETE FROM scans WHERE created_at < $time', { time })
    },
  }
}
