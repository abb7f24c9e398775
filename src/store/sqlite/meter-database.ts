import type { Clock } from '../../domain/clock.ts'
import type { Database } from './database.ts'

/** Times what is written: one statement, or a transaction with its sync. */
export function meterDatabase(
  database: Database,
  clock: Clock,
  onCommit: (seconds: number) => void,
): Database {
  let depth = 0
  const timed = <T>(work: () => T): T => {
    if (depth > 0) return work()
    depth++
    const begun = clock.monotonic()
    try {
      return work()
    } finally {
      depth--
      onCommit((clock.monotonic() - begun) / 1000)
    }
  }
  return {
    ...database,
    run: (sql, parameters) => timed(() => database.run(sql, parameters)),
    transaction: (work) => timed(() => database.transaction(work)),
    unsyncedTransaction: (work) => timed(() => database.unsyncedTransaction(work)),
  }
}
