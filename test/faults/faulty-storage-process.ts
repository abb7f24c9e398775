/** Opens the database and the audit log of a folder and writes into both; says of each record whether it was kept. */
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { renderError } from '../../src/domain/error.ts'
import { openAuditTrail } from '../../src/store/audit/open-audit-trail.ts'
import { openStore } from '../../src/store/open-store.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'

const [dir = '', first = '0', records = '0', segment = '1000'] = process.argv.slice(2)
const place = { path: join(dir, 'haivemind.db'), dir: join(dir, 'audit') }
const log = createLogger(new PassThrough().resume())
const say = (line: string) => void process.stdout.write(`${line}\n`)
const codeOf = (error: unknown) => {
  const { code } = renderError(error)
  return code === 'internal' ? String(error) : code
}

try {
  const store = openStore(place.path, { clock: systemClock, log, ...vaultDeps })
  const trail = await openAuditTrail({
    ...place,
    store: store.audit,
    segmentRecords: Number(segment),
    clock: systemClock,
    log,
  })
  for (let n = Number(first); n < Number(first) + Number(records); n++) {
    try {
      trail.record({
        actor: 'local',
        via: 'cli',
        ip: null,
        action: `server.act${n}`,
        resource: null,
        outcome: 'success',
        requestId: null,
        details: {},
      })
      say(`kept ${n}`)
    } catch (error) {
      say(`refused ${codeOf(error)}`)
    }
  }
  trail.close()
  store.close()
} catch (error) {
  say(`ended ${codeOf(error)}`)
}
