/** Host uids that one data directory has for itself: no two platforms on a machine give the same to a server. */
export type UidBlock = { readonly first: number; readonly count: number }

/** Uids of one platform. */
export const BLOCK_SIZE = 5000

/** Kept back at the end of a block for work that is no server. */
const RESERVED = 100

/** Where root takes blocks from: above what distributions hand out to users and services by default. */
export const ROOT_UIDS: UidBlock = { first: 210_000, count: 400 * BLOCK_SIZE }

/** For what needs one before any was claimed: tests, and trials without a data directory. */
export const FIRST_BLOCK: UidBlock = { first: ROOT_UIDS.first, count: BLOCK_SIZE }

export function serverUids({ first, count }: UidBlock): UidBlock {
  return { first, count: count - RESERVED }
}

/** Each place in which a job may run has a uid of its own. */
export function jobUid({ first, count }: UidBlock, place: number): number {
  return first + count - RESERVED + place
}

/** For trials of the host and of interpreters, which get nothing to keep. */
export function probeUid({ first, count }: UidBlock): number {
  return first + count - 1
}

export function holdsUid({ first, count }: UidBlock, uid: number): boolean {
  return uid >= first && uid < first + count
}
