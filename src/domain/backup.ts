import type { ErrorBody } from './error.ts'

/** Backups as everybody sees them: what lies in the folder, and what is being made. */
export type BackupRecord = {
  readonly name: string
  readonly path: string
  /** `automatic` holds the records alone; `before_migration` is the database alone. */
  readonly kind: 'manual' | 'automatic' | 'before_migration'
  readonly state: 'running' | 'done' | 'failed'
  readonly bytes: number | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Why it failed. */
  readonly error: ErrorBody | null
}

export interface Backups {
  /** Begins one and answers at once. Throws AppError `conflict` while another is made. @param actor who wants it. */
  begin(options: { readonly withData: boolean; readonly actor: string }): BackupRecord
  /** Newest first. */
  list(): Promise<readonly BackupRecord[]>
}
