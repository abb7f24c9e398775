/** A slice of each fault: what must hold under it. Its figures are for `npm run faults -- --full`. */
import { afterAll, expect, it } from 'vitest'
import { listFaults } from '../faults/registry.ts'
import { listFailures, runFault } from '../faults/run-fault.ts'

/** The longest slice takes three minutes on a quiet machine. */
const SLICE_MS = 400_000
const SEED = 7

const ending = new AbortController()
afterAll(() => ending.abort())

it.each(listFaults())(
  '$id: $title',
  async (fault) => {
    const outcome = await runFault(fault, { seed: SEED, size: 'slice', signal: ending.signal })
    expect(listFailures(outcome), `seed ${SEED}; ${outcome.notes.join('; ')}`).toEqual([])
  },
  SLICE_MS,
)
