import type { RejectCode } from '../../domain/archive.ts'

/** The two families of rules; tar.gz and tar.zst are tars. */
export type Family = 'ZIP' | 'TAR'

/** An archive broke a rule. `offset` is a byte position in the archive, or in the unpacked tar stream. */
export class ArchiveReject extends Error {
  readonly code: RejectCode
  readonly entry: string | null
  readonly offset: number | null

  constructor(code: RejectCode, message: string, at: { entry?: string; offset?: number } = {}) {
    super(message)
    this.name = 'ArchiveReject'
    this.code = code
    this.entry = at.entry ?? null
    this.offset = at.offset ?? null
  }
}
