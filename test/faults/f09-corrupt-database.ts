/** Bytes of the database or its write-ahead log are flipped, cut off or zeroed: it is mended, or refused with a word. */
import { cpSync, existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../src/domain/error.ts'
import { openRecoveredStore } from '../../src/store/recovery/open-recovered-store.ts'
import { systemClock } from '../../src/system/clock.ts'
import { silent } from '../fakes/hosting.ts'
import { writeServer } from '../fakes/stored-server.ts'
import { vaultDeps } from '../fakes/vault-deps.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'

const RUNS = { slice: 10, full: 200 } as const

export const f09: Fault = {
  id: 'F9',
  title: 'the database or its write-ahead log goes bad',
  async run(c) {
    const folder = mkdtempSync(join(tmpdir(), 'haivemind-f09-'))
    c.defer(() => rmSync(folder, { recursive: true, force: true }))
    const whole = join(folder, 'whole')
    mkdirSync(join(whole, 'servers'), { recursive: true })
    const { store } = await open(whole)
    for (let n = 0; n < 8; n++) await writeServer(store, join(whole, 'servers'), `server-${n}`)
    const wanted = await read(store)
    const hot = join(folder, 'hot')
    cpSync(whole, hot, { recursive: true })
    store.close()
    const counts = { mended: 0, harmless: 0, refused: 0 }
    for (let n = 0; n < RUNS[c.size] && !c.signal.aborted; n++) {
      const run = join(folder, `run-${n}`)
      // As a killed daemon leaves it, with its write-ahead log, and as one that ended in order does.
      cpSync(n % 2 === 0 ? hot : whole, run, { recursive: true })
      const what = damage(c, run)
      counts[await judge(c, run, what, wanted)]++
      rmSync(run, { recursive: true })
    }
    c.figure('mended from manifests', counts.mended, 'runs')
    c.figure('harmless', counts.harmless, 'runs')
    c.figure('refused with the reason', counts.refused, 'runs')
  },
}

type Opened = Awaited<ReturnType<typeof openRecoveredStore>>

const open = (folder: string): Promise<Opened> =>
  openRecoveredStore(join(folder, 'haivemind.db'), {
    clock: systemClock,
    log: silent,
    serversDir: join(folder, 'servers'),
    stateKey: Buffer.alloc(32, 7),
    ...vaultDeps,
  })

async function read(store: Opened['store']): Promise<unknown> {
  const servers = await store.servers.list()
  return await Promise.all(servers.map(async (server) => [server, await store.versions.list(server.id)]))
}

function damage(c: FaultContext, folder: string): string {
  const ending = c.random() < 0.5 && existsSync(join(folder, 'haivemind.db-wal')) ? '-wal' : ''
  const path = join(folder, `haivemind.db${ending}`)
  let bytes = readFileSync(path)
  const at = Math.floor(c.random() * bytes.length)
  const kind = (['flip', 'cut', 'zero'] as const)[Math.floor(c.random() * 3)] ?? 'flip'
  if (kind === 'flip') bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(c.random() * 8))
  else if (kind === 'cut') bytes = bytes.subarray(0, at)
  else bytes.fill(0, at, Math.min(bytes.length, at + 4096))
  writeFileSync(path, bytes)
  return `${kind} at ${at} of the database${ending}`
}

async function judge(c: FaultContext, folder: string, what: string, wanted: unknown) {
  try {
    const { store, recovery, settled } = await open(folder)
    try {
      expectSame(c, what, await read(store), wanted)
    } finally {
      store.close()
    }
    return recovery !== null || settled.restored.length > 0 ? 'mended' : 'harmless'
  } catch (error) {
    if (!(error instanceof AppError)) c.broken(`${what}: ${String(error)}`)
    return 'refused'
  }
}
