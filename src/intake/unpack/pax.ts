/** Extended header records, `LENGTH KEY=VALUE\n` (POSIX.1-2017 pax). */
import { ArchiveReject } from './reject.ts'

export type PaxOverrides = { readonly path: Buffer | null; readonly size: number | null }

/** Only `path` and `size` mean something here; times, owners and vendors' attributes are dropped. */
export function parsePax(data: Buffer, offset: number): PaxOverrides {
  const refuse = (why: string): never => {
    throw new ArchiveReject('TAR_PAX', why, { offset })
  }
  const records = new Map<string, Buffer>()
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at)
    const digits = space === -1 ? '' : data.toString('latin1', at, space)
    const end = at + Number(digits)
    if (!/^[1-9][0-9]{0,6}$/.test(digits) || end > data.length || data[end - 1] !== 0x0a) {
      return refuse('a pax record has a wrong length')
    }
    const equals = data.indexOf(0x3d, space + 1)
    if (equals === -1 || equals >= end) return refuse('a pax record has no key')
    const key = data.toString('latin1', space + 1, equals)
    if (records.has(key)) refuse(`the pax key ${JSON.stringify(key)} is there twice`)
    if (key.startsWith('GNU.sparse.')) {
      throw new ArchiveReject('TAR_SPARSE', 'sparse files are not accepted', { offset })
    }
    records.set(key, data.subarray(equals + 1, end - 1))
    at = end
  }
  if (records.has('linkpath')) refuse('a pax record names the target of a link')
  const charset = records.get('hdrcharset')?.toString('latin1')
  if (charset !== undefined && charset !== 'ISO-IR 10646 2000 UTF-8') {
    refuse('pax headers must be in UTF-8')
  }
  const path = records.get('path') ?? null
  if (path?.length === 0) refuse('a pax record gives an empty path')
  const size = records.get('size')?.toString('latin1')
  if (size !== undefined && !/^[0-9]{1,15}$/.test(size)) refuse('a pax record gives a broken size')
  return { path, size: size === undefined ? null : Number(size) }
}
