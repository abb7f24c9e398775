import type { BackupRecord } from '../domain/backup.ts'
import type { BackupJson } from './schema/backup.ts'
import { renderTime } from './schema/common.ts'

export function renderBackup({ createdAt, ...record }: BackupRecord): BackupJson {
  return { ...record, created_at: renderTime(createdAt) }
}
