import { z } from 'zod'
import type { Suppression } from '../../domain/scan-report.ts'
import type { Findings, Suppressions } from '../../hosting/ports.ts'
import { integer, jsonColumn } from './columns.ts'
import type { Database, Row } from './database.ts'
import { findingShape } from '../../domain/scan-shape.ts'

const findingRow = z.object({ finding: jsonColumn(findingShape) })

export function createFindingStore(database: Database): Findings {
  return {
    async add(versionId, findings) {
      database.transaction(() => {
        for (const found of findings) {
          database.run('INSERT OR IGNORE INTO findings VALUES ($versionId, $fingerprint, $finding)', {
            versionId,
            fingerprint: found.fingerprint,
            finding: JSON.stringify(found),
          })
        }
      })
    },
    async list(versionId) {
      return database
        .all('SELECT finding FROM findings WHERE version_id = $versionId ORDER BY rowid', { versionId })
        .map((found) => findingRow.parse(found).finding)
    },
  }
}

const suppressionRow = z.object({
  fingerprint: z.string(),
  reason: z.string(),
  created_by: z.string(),
  created_at: integer,
  expires_at: integer,
})

function parseSuppression(raw: Row): Suppression {
  const { created_by, created_at, expires_at, ...rest } = suppressionRow.parse(raw)
  return { ...rest, createdBy: created_by, createdAt: created_at, expiresAt: expires_at }
}

export function createSuppressionStore(database: Database): Suppressions {
  return {
    async list() {
      return database.all('SELECT * FROM suppressions ORDER BY created_at, fingerprint').map(parseSuppression)
    },
    async put(suppression) {
      database.run(
        'INSERT OR REPLACE INTO suppressions VALUES ($fingerprint, $reason, $createdBy, $createdAt, $expiresAt)',
        { ...suppression },
      )
    },
    async remove(fingerprint) {
      return database.run('DELETE FROM suppressions WHERE fingerprint = $fingerprint', { fingerprint }) > 0
    },
  }
}
