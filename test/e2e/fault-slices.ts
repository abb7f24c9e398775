/** A slice of each fault: what must hold under it. Its figures are for `npm run faults -- --full`. */
import { afterAll, expect, it } from 'vitest'
import type { FaultId } from '../faults/fault.ts'
import { listFaults } from '../faults/registry.ts'
import { listFailures, runFault } from '../faults/run-fault.ts'

/** The longest slice takes two minutes on a quiet machine. */
const SLICE_MS = 400_000
const SEED = 7

/** Of itself a file, since it takes as long as all others together: one that kills daemons all the time. */
export const LONGEST_SLICE: FaultId = 'F1'

export function testSlices(isOfThisFile: (id: FaultId) => boolean): void {
  const ending = new AbortController()
  afterAll(() => ending.abort())

  // Most of a slice is waiting: several go on beside one another, as many as the configuration of this project says.
  it.concurrent.each(listFaults().filter(({ id }) => isOfThisFile(id)))(
    '$id: $title',
    async (fault) => {
      const outcome = await runFault(fault, { seed: SEED, size: 'slice', signal: ending.signal })
      expect(listFailures(outcome), `seed ${SEED}; ${outcome.notes.join('; ')}`).toEqual([])
    },
    SLICE_MS,
  )
}
