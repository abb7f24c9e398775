/** Writes audit records without end, to be killed: says each number once its record is as durable as it gets. */
import { join } from 'node:path'
import { openAuditTrail } from '../../src/store/audit/open-audit-trail.ts'
import { openStore } from '../../src/store/open-store.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const [, , folder = ''] = process.argv
const path = join(folder, 'haivemind.db')
const log = createLogger()
const store = openStore(path, { clock: systemClock, log, ...vaultDeps })
const trail = await openAuditTrail({
  store: store.audit,
  dir: join(folder, 'audit'),
  path,
  // Small, so that kills meet the moves into files too.
  segmentRecords: 40,
  clock: systemClock,
  log,
})
for (;;) {
  trail.record({
    actor: 'local',
    via: 'cli',
    ip: null,
    action: 'test.write',
    resource: null,
    outcome: 'success',
    requestId: null,
    details: {},
  })
  const [last] = trail.list({ limit: 1, order: 'newest' })
  process.stdout.write(`${last?.seq ?? 0}\n`)
  // So that what was said reaches its reader.
  await new Promise((resolve) => setImmediate(resolve))
}
