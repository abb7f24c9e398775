/** Archive formats, told apart by content, never by file name. `.mcpb` is a zip. */
export const ARCHIVE_FORMATS = ['zip', 'tar', 'tar.gz', 'tar.zst'] as const
export type ArchiveFormat = (typeof ARCHIVE_FORMATS)[number]

/** Bounds of an archive's content; bytes. They hold in the plan and again while inflating. */
export type ArchiveLimits = {
  readonly maxArchiveBytes: number
  readonly maxEntries: number
  readonly maxTotalBytes: number
  readonly maxFileBytes: number
  /** Unpacked : packed, over the whole archive, above 1 MB unpacked. */
  readonly maxRatio: number
  readonly maxPathBytes: number
  readonly maxDepth: number
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxArchiveBytes: 100 * 1024 * 1024,
  maxEntries: 10_000,
  maxTotalBytes: 500 * 1024 * 1024,
  maxFileBytes: 200 * 1024 * 1024,
  maxRatio: 100,
  maxPathBytes: 1024,
  maxDepth: 32,
}

/**
 * Why an archive is refused: rejected, never repaired. One word a rule; the rule's text is in docs/archives.md.
 */
export const REJECT_CODES = [
  'BAD_MAGIC',
  'EMPTY',
  'ZIP_EOCD',
  'ZIP_PREFIX',
  'ZIP_TRAIL',
  'ZIP_CD_COUNT',
  'ZIP_LFH',
  'ZIP_OVERLAP',
  'ZIP_DUP',
  'ZIP_CASE',
  'ZIP_UNICODE',
  'ZIP_NAME',
  'ZIP_TYPE',
  'ZIP_CRYPT',
  'ZIP_METHOD',
  'ZIP_CRC',
  'ZIP_64',
  'ZIP_MULTI',
  'ZIP_LIMIT',
  'TAR_FORMAT',
  'TAR_TYPE',
  'TAR_PAX',
  'TAR_SPARSE',
  'TAR_SIZE',
  'TAR_END',
  'TAR_GZIP',
  'TAR_ZSTD',
  'TAR_NAME',
  'TAR_DUP',
  'TAR_CASE',
  'TAR_UNICODE',
  'TAR_LIMIT',
] as const
export type RejectCode = (typeof REJECT_CODES)[number]
