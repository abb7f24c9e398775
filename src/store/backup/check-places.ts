/**
 * What may be where in a backup: the places that create-backup.ts writes, each once, and nothing through a link. A file
 * that comes from elsewhere could otherwise bring a journal that SQLite would apply to the database, a key that is
 * known, or a link that what the platform writes later goes through.
 */
import { buildDamaged, type TarPart } from './tar-read.ts'

type Place = Pick<TarPart, 'path' | 'kind'>

/** The platform's own folders, and the tops of what belongs to a version or a server. */
const NEVER_LINKS = /^servers\/(?:(?:store|manifests|data)\/)?[^/]+$/

/** For the entries of one backup, in their order. Throws AppError `backup_damaged`. */
export function createPlaceCheck(): (place: Place) => void {
  const kinds = new Map<string, Place['kind']>()
  return ({ path, kind }) => {
    const names = path.split('/')
    const isPlain = names.every(
      (name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'),
    )
    if (!isPlain || !isKnown(path, kind, names.length)) {
      throw buildDamaged(`${JSON.stringify(path)} is no place in a data directory`)
    }
    if (kinds.has(path)) throw buildDamaged(`${JSON.stringify(path)} is in it twice`)
    for (let depth = names.length - 1; depth > 1; depth -= 1) {
      const above = kinds.get(names.slice(0, depth).join('/'))
      if (above === 'directory') break
      if (above !== undefined) throw buildDamaged(`${JSON.stringify(path)} is below what is no folder`)
    }
    kinds.set(path, kind)
  }
}

function isKnown(path: string, kind: Place['kind'], depth: number): boolean {
  if (path.startsWith('servers/')) return kind !== 'link' || !NEVER_LINKS.test(path)
  if (path.startsWith('config/')) return kind === 'file' && depth === 2
  if (path === 'data/audit') return kind === 'directory'
  if (path.startsWith('data/audit/')) return kind !== 'link'
  return kind === 'file' && (path === 'data/haivemind.db' || path === 'data/uid-block')
}
