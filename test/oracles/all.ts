import { i01 } from './i01-acknowledged.ts'
import { i02 } from './i02-whole-or-absent.ts'
import { i03 } from './i03-one-instance.ts'
import { i04 } from './i04-no-orphans.ts'
import { i05 } from './i05-runs-or-says-why.ts'
import { i06 } from './i06-stays-stopped.ts'
import { i07 } from './i07-restart-budget.ts'
import { i08 } from './i08-one-answer.ts'
import { i09 } from './i09-log-order.ts'
import { i10 } from './i10-fresh-or-stale.ts'
import { i11 } from './i11-counters-rise.ts'
import { i12 } from './i12-audit-chain.ts'
import { i13 } from './i13-memory.ts'
import { i14 } from './i14-event-loop.ts'
import { i15 } from './i15-goes-on.ts'
import { i16 } from './i16-databases.ts'
import type { Oracle, Sight } from './sight.ts'

export const ORACLES: readonly Oracle[] = [
  i01,
  i02,
  i03,
  i04,
  i05,
  i06,
  i07,
  i08,
  i09,
  i10,
  i11,
  i12,
  i13,
  i14,
  i15,
  i16,
]

/** @param except judged by figures of their own, or elsewhere. */
export function judgeAll(sight: Sight, except: readonly Oracle['id'][] = []): readonly string[] {
  return ORACLES.filter(({ id }) => !except.includes(id)).flatMap((oracle) =>
    oracle.judge(sight).map((sentence) => `${oracle.id}: ${sentence}`),
  )
}
