/** Egress with names of its own: a test says what each one resolves to, and sees what the proxies did. */
import { Writable } from 'node:stream'
import type { Place } from '../../src/domain/egress-rule.ts'
import { openEgress, type Egress, type EgressDeps } from '../../src/runtime/egress/open-egress.ts'
import type { EgressEntry } from '../../src/runtime/ports.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { listOwnAddresses } from '../../src/system/outbound.ts'
import { createNameResolver } from '../../src/system/resolve-names.ts'

const resolveBySystem = createNameResolver([])

export type TestEgress = Egress & {
  /** What the proxies of servers did, oldest first. */
  readonly entries: EgressEntry[]
  /** Names as they were asked for. */
  readonly asked: string[]
}

/** @param names addresses by name, or a function for names that change; null: the machine's own, as it is. */
export function openTestEgress(
  names: Readonly<Record<string, readonly string[] | (() => readonly string[])>> | null = null,
  allowPrivate: readonly Place[] = [],
  changes: Partial<EgressDeps> = {},
): TestEgress {
  const entries: EgressEntry[] = []
  const asked: string[] = []
  const egress = openEgress({
    network: {
      async resolve(host) {
        asked.push(host)
        if (names === null) return await resolveBySystem(host)
        const found = names[host]
        if (found === undefined) throw Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' })
        return { host, addresses: typeof found === 'function' ? found() : found }
      },
      ownAddresses: () => (names === null ? listOwnAddresses() : []),
    },
    ceiling: null,
    allowPrivate,
    log: { record: (_server, entry) => void entries.push(entry) },
    clock: systemClock,
    logger: createLogger(new Writable({ write: (_chunk, _encoding, done) => done() })),
    ...changes,
  })
  return { ...egress, entries, asked }
}
