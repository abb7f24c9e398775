/** What an archive is, by its first bytes alone: names and content types are the sender's claim. */
import type { ArchiveFormat } from '../../domain/archive.ts'
import { ArchiveReject } from './reject.ts'

/** How many bytes recogniseFormat wants to see; a tar has its magic at 257. */
export const HEAD_BYTES = 512

const FOREIGN: readonly (readonly [string, string])[] = [
  ['377abcaf271c', 'a 7z archive'],
  ['526172211a07', 'a RAR archive'],
  ['425a68', 'a bzip2 file'],
  ['fd377a585a00', 'an xz file'],
  ['89504e47', 'a PNG image'],
  ['25504446', 'a PDF document'],
  ['7f454c46', 'a Linux executable'],
  ['4d5a', 'a Windows executable'],
  ['2321', 'a script (it starts with #!)'],
  ['7b', 'JSON text'],
  ['3c', 'HTML or XML text'],
]

/** Throws ArchiveReject `EMPTY` or `BAD_MAGIC`. */
export function recogniseFormat(head: Uint8Array): ArchiveFormat {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const magic = bytes.toString('hex', 0, 8)
  if (magic === '') throw new ArchiveReject('EMPTY', 'the upload has no bytes')
  if (magic.startsWith('504b0304')) return 'zip'
  if (magic.startsWith('504b0506')) throw new ArchiveReject('EMPTY', 'the zip holds no entry')
  if (magic.startsWith('1f8b')) return 'tar.gz'
  if (magic.startsWith('28b52ffd')) return 'tar.zst'
  if (bytes.toString('latin1', 257, 262) === 'ustar') return 'tar'
  const looksLike = FOREIGN.find(([prefix]) => magic.startsWith(prefix))?.[1] ?? 'no archive known here'
  throw new ArchiveReject(
    'BAD_MAGIC',
    `this is ${looksLike}; accepted are zip, .mcpb, tar, tar.gz and tar.zst`,
    { offset: 0 },
  )
}
