/** What a sandbox may reach and where it is reached, kept in its run directory: a daemon that takes it over goes by what it was started with. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { decodeJson } from '../../domain/json.ts'

const FACTS = z.strictObject({
  egress: z.array(z.string()),
  http: z.strictObject({ port: z.int(), path: z.string(), healthPath: z.string().nullable() }).nullable(),
})
export type NetworkFacts = z.infer<typeof FACTS>

const fileOf = (runDir: string) => join(runDir, 'network.json')

/** Written before the gate opens. Not synced: a power failure ends the sandbox too. */
export async function writeNetworkFacts(runDir: string, facts: NetworkFacts): Promise<void> {
  await writeFile(fileOf(runDir), JSON.stringify(facts), { mode: 0o600 })
}

/** Without a readable file: no network, which is what it then has. */
export async function readNetworkFacts(runDir: string): Promise<NetworkFacts> {
  const text = await readFile(fileOf(runDir), 'utf8').catch(() => '')
  return FACTS.safeParse(decodeJson(text)).data ?? { egress: [], http: null }
}
