/** Damaged archives, by a seeded generator: each is read or refused by a rule; nothing else is ever thrown. */
import { afterAll, expect, it } from 'vitest'
import { ArchiveReject } from '../../src/intake/unpack/reject.ts'
import { ARCHIVE_SEEDS, openArchiveFuzz } from '../faults/archive-fuzz.ts'

/** By hand, longer and with other damage: HAIVEMIND_FUZZ_RUNS=100000 HAIVEMIND_FUZZ_SEED=7. */
const RUNS_PER_SEED = Number(process.env['HAIVEMIND_FUZZ_RUNS'] ?? 400)
const FUZZ_SEED = Number(process.env['HAIVEMIND_FUZZ_SEED'] ?? 20_261_126)
const archives = openArchiveFuzz()
afterAll(() => archives.close())

/** A linear congruential generator: the same damage at every run. */
function createChooser(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function damage(bytes: Buffer, choose: (below: number) => number): Buffer {
  const copy = Buffer.from(bytes)
  const at = choose(copy.length - 4)
  switch (choose(5)) {
    case 0:
      copy[at] = choose(256)
      return copy
    case 1:
      copy[at] = (copy[at] ?? 0) ^ (1 << choose(8))
      return copy
    case 2:
      return copy.subarray(0, at + 4)
    case 3:
      return Buffer.concat([copy.subarray(0, at), Buffer.from([choose(256)]), copy.subarray(at)])
    default:
      copy.writeUInt16LE([0, 1, 0x7fff, 0xffff][choose(4)] ?? 0, at)
      return copy
  }
}

it.each(ARCHIVE_SEEDS)('%s', { timeout: 60_000 + RUNS_PER_SEED * 20 }, async (format, seed) => {
  await archives.read(format, seed)
  const choose = createChooser(FUZZ_SEED)
  let refused = 0
  let slowest = 0
  for (let run = 0; run < RUNS_PER_SEED; run++) {
    let bytes: Buffer = seed
    for (let edits = 1 + choose(3); edits > 0 && bytes.length > 8; edits--) bytes = damage(bytes, choose)
    const begin = performance.now()
    try {
      await archives.read(format, bytes)
    } catch (error) {
      if (!(error instanceof ArchiveReject)) {
        throw new Error(`run ${run}: ${bytes.toString('base64')}`, { cause: error })
      }
      refused += 1
    }
    slowest = Math.max(slowest, performance.now() - begin)
  }
  // A hang is what takes 2 s; these are a few hundred bytes.
  expect(slowest).toBeLessThan(2_000)
  expect(refused).toBeGreaterThan(RUNS_PER_SEED / 2)
})
