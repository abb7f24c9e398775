/** How long advice for 1,000 servers takes: what the store keeps of 30 days and 168 hours of each, every rule, all tiers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { TIERS } from '../../src/domain/recommendation.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { alice, createTestHosting } from '../fakes/hosting.ts'
import { buildProfiles } from '../fakes/profiles.ts'
import { writeServer } from '../fakes/stored-server.ts'
import { createRandom } from './replay/seeded.ts'

const SERVERS = 1_000
const DAYS = 30
const HOURS = 168
const HOUR_MS = 3_600_000

export async function benchRecommend(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-recommend-'))
  try {
    const path = join(folder, 'haivemind.db')
    const test = createTestHosting({ path })
    await fillStore(test, path, folder)
    const ask = async (tier: (typeof TIERS)[number]) => {
      const startedAt = performance.now()
      const before = process.cpuUsage()
      const { recommendations } = await test.hosting.optimize({ name: null, tier, apply: false }, alice)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2)
      const { user, system } = process.cpuUsage(before)
      return { seconds, cpu: ((user + system) / 1e6).toFixed(2), count: recommendations.length }
    }
    for (const round of ['first', 'again'] as const) {
      for (const tier of TIERS) {
        const { seconds, cpu, count } = await ask(tier)
        console.log(
          `${SERVERS} servers, ${tier}, ${round}: ${seconds} s (bar 1 s), ${cpu} s of CPU, ${count} recommendations`,
        )
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function fillStore(
  { store, clock }: ReturnType<typeof createTestHosting>,
  path: string,
  folder: string,
): Promise<void> {
  const random = createRandom(1, 0)
  const now = clock.now()
  const database = openDatabase(path)
  for (let n = 0; n < SERVERS; n++) {
    const { server, version } = await writeServer(store, folder, `server-${n}`)
    const peaks = Array.from({ length: DAYS }, () => Math.ceil(85 * random.lognormal(0, 0.35)))
    const profiles = buildProfiles({ serverId: server.id, versionId: version.id, now }, peaks)
    const cpu = Array.from({ length: 40 }, (_minute, bucket) => [bucket, 36] as const)
    await store.samples.saveDaily(profiles.map((profile) => ({ ...profile, cpu })))
    database.unsyncedTransaction(() =>
      database.runEach(
        `INSERT INTO call_figures (server_id, step, began_at, method, tool, outcomes, latencies, max_ms)
           VALUES (?, ${HOUR_MS}, ?, 'tools/call', 'add', '{"ok":40}', '210:20,215:18,240:2', 90)`,
        Array.from({ length: HOURS }, (_hour, index) => [
          server.id,
          now - (now % HOUR_MS) - (index + 1) * HOUR_MS,
        ]),
      ),
    )
  }
  database.close()
}
