/** Headers of a tar file (POSIX.1-2001, pax): any tar program reads what is written here. */

export type TarEntry = {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'link'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Milliseconds since the epoch. */
  readonly modified: number
  readonly bytes: number
  /** Of a link; empty otherwise. */
  readonly target: string
}

export const BLOCK = 512
const TYPES = { file: '0', directory: '5', link: '2' } as const
/** What eleven octal digits hold. */
const MAX_OCTAL = 8 ** 11 - 1

/** The header's blocks: the entry's own, after one of extended attributes where it does not fit into it. */
export function buildHeader(entry: TarEntry): Buffer {
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path
  const extended = [
    ...(fits(path, 100) ? [] : [pax('path', path)]),
    ...(fits(entry.target, 100) ? [] : [pax('linkpath', entry.target)]),
    ...(entry.bytes > MAX_OCTAL ? [pax('size', String(entry.bytes))] : []),
  ]
  const own = block(entry, path, TYPES[entry.kind])
  if (extended.length === 0) return own
  const content = Buffer.from(extended.join(''))
  const about = { ...entry, bytes: content.length, target: '' }
  return Buffer.concat([block(about, 'pax', 'x'), content, buildPadding(content.length), own])
}

/** Up to the next whole block. */
export function buildPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK)
}

/** Two empty blocks end the file. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

/** ASCII alone is the same to every program. */
function fits(text: string, bytes: number): boolean {
  return text.length <= bytes && /^[\x20-\x7e]*$/.test(text)
}

/** `length key=value\n`, where the length counts its own digits. */
function pax(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

function block(entry: TarEntry, path: string, type: string): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, width: number) => {
    const kept = Math.min(Math.max(0, Math.floor(value)), 8 ** (width - 1) - 1)
    header.write(kept.toString(8).padStart(width - 1, '0'), at, 'latin1')
  }
  header.write(path.slice(0, 100), 0, 100, 'latin1')
  octal(entry.mode, 100, 8)
  octal(entry.uid, 108, 8)
  octal(entry.gid, 116, 8)
  octal(entry.bytes, 124, 12)
  octal(entry.modified / 1000, 136, 12)
  header.write('        ', 148, 'latin1')
  header.write(type, 156, 'latin1')
  header.write(entry.target.slice(0, 100), 157, 100, 'latin1')
  header.write('ustar\u000000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
