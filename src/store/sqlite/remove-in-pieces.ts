import { setImmediate as breathe } from 'node:timers/promises'

/** Rows of one transaction: a few milliseconds, which nobody notices between two others. */
export const PIECE = 500

/** @param remove takes PIECE rows at most, and answers how many it took */
export async function removeInPieces(remove: () => number): Promise<number> {
  for (let all = 0; ;) {
    const removed = remove()
    all += removed
    if (removed < PIECE) return all
    await breathe()
  }
}
