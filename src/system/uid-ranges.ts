/** Ranges of uids that this machine gave away: subuid(5). */
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'

export type UidRange = { readonly first: number; readonly count: number }
type Grant = UidRange & { readonly owner: string }

/** Lines of /etc/subuid or /etc/subgid; what is not one is skipped. */
export function parseGrants(text: string): readonly Grant[] {
  return text.split('\n').flatMap((line) => {
    const [owner = '', first, count] = line.trim().split(':')
    const range = { owner, first: Number(first), count: Number(count) }
    return owner !== '' && range.first > 0 && range.count > 0 ? [range] : []
  })
}

function readGrants(path: string): readonly Grant[] {
  try {
    return parseGrants(readFileSync(path, 'utf8'))
  } catch {
    return [] // no such file: nothing was granted
  }
}

/** The first range that this user has as uids and as gids alike; null without one. */
export function findOwnRange(): UidRange | null {
  const { username, uid } = userInfo()
  const isOwn = ({ owner }: Grant) => owner === username || owner === String(uid)
  const gids = readGrants('/etc/subgid').filter(isOwn)
  const found = readGrants('/etc/subuid')
    .filter(isOwn)
    .find(({ first, count }) => gids.some((gid) => gid.first === first && gid.count >= count))
  return found === undefined ? null : { first: found.first, count: found.count }
}

/** Was any uid of the range granted to a user of this machine? */
export function isGranted({ first, count }: UidRange): boolean {
  return readGrants('/etc/subuid').some(
    (grant) => grant.first < first + count && first < grant.first + grant.count,
  )
}
