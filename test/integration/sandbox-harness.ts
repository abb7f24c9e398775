/** A backend over a fresh data directory, with a ledger in memory and servers made from a few files. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { isAtLeast, type IsolationTier } from '../../src/domain/enforcement.ts'
import type { InstanceId, ServerId, VersionId } from '../../src/domain/id.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'
import type { RuntimeKind } from '../../src/domain/runtime-kind.ts'
import { DEFAULT_LIMITS, type ResourceLimits } from '../../src/domain/server.ts'
import { createBubblewrapBackend } from '../../src/runtime/backends/bubblewrap.ts'
import type { Backend, Instance, LaunchSpec, Ledger, LedgerRow } from '../../src/runtime/ports.ts'
import { removeOwned } from '../../src/runtime/sandbox/change-owner.ts'
import type { UidSupply } from '../../src/runtime/sandbox/choose-way.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { openSandboxHost, type SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { probeHost } from '../../src/runtime/sandbox/probe-host.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { openTestEgress, type TestEgress } from '../fakes/egress.ts'
import { TEST_UIDS } from './test-uids.ts'

export const isRoot = process.getuid?.() === 0

const silent = createLogger(new Writable({ write: (_chunk, _encoding, done) => done() }))

/** Null where sandboxes can be made; else why not, for the names of skipped tests. */
export const whyNoSandbox = await findWhyNot()

export const skipNote = whyNoSandbox === null ? '' : ` [skipped: ${whyNoSandbox}]`

async function findWhyNot(): Promise<string | null> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sandbox-try-'))
  const { tier, checks } = await probeHost(
    await openSandboxHost({ dataDir, supply: TEST_UIDS, clock: systemClock, logger: silent }),
  )
  await rm(dataDir, { recursive: true, force: true })
  if (isAtLeast(tier, 'namespaces')) return null
  return `no sandbox can be made here: ${checks.find(({ status }) => status === 'fail')?.found ?? tier}`
}

function createMemoryLedger(): Ledger & { rows(): readonly LedgerRow[] } {
  const rows = new Map<InstanceId, LedgerRow>()
  return {
    rows: () => [...rows.values()],
    list: async () => [...rows.values()],
    listBrief: async () => [...rows.values()],
    create: async (row) => void rows.set(row.instanceId, row),
    async update(id, changes) {
      const row = rows.get(id)
      if (row !== undefined) rows.set(id, { ...row, ...changes })
    },
    remove: async (id) => void rows.delete(id),
  }
}

export type Harness = {
  readonly dataDir: string
  readonly host: SandboxHost
  readonly backend: Backend
  readonly egress: TestEgress
  readonly ledger: ReturnType<typeof createMemoryLedger>
  /** Writes the files (executable when they begin with #!) and describes a server of them. */
  spec(server: {
    readonly files?: Readonly<Record<string, string>>
    readonly command: readonly string[]
    readonly runtime?: RuntimeKind
    readonly environment?: Readonly<Record<string, string>>
    readonly limits?: Partial<ResourceLimits>
    readonly uid?: number
    readonly network?: readonly string[]
    /** Of a server that speaks HTTP. */
    readonly port?: number
    readonly secrets?: LaunchSpec['secrets']
  }): Promise<LaunchSpec>
  start(server: Parameters<Harness['spec']>[0]): Promise<Instance>
  close(): Promise<void>
}

/**
 * @param given an existing data directory, for a second daemon on it. @param change the host as it is to be taken.
 */
export async function openHarness(
  minTier: IsolationTier = 'namespaces',
  given?: string,
  egress = openTestEgress(),
  change: (host: SandboxHost) => SandboxHost = (host) => host,
  supply: UidSupply | null = TEST_UIDS,
): Promise<Harness> {
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'sandbox-')))
  const host = change(await openSandboxHost({ dataDir, supply, clock: systemClock, logger: silent }))
  const interpreters = createInterpreters(host)
  const probe = () => probeHost(host)
  const backend = createBubblewrapBackend({ host, interpreters, minTier, probe, egress })
  const ledger = createMemoryLedger()
  const open = new Set<Instance>()
  let count = 0
  const harness: Harness = {
    dataDir,
    host,
    backend,
    egress,
    ledger,
    async spec({
      files = {},
      command,
      runtime = 'bash',
      environment = {},
      limits = {},
      uid,
      network = [],
      port = null,
      secrets = [],
    }) {
      const number = ++count
      const name = `server${number}`
      const appDir = join(dataDir, 'app', name)
      await mkdir(appDir, { recursive: true })
      for (const [path, text] of Object.entries(files)) {
        await writeFile(join(appDir, path), text)
        await chmod(join(appDir, path), text.startsWith('#!') ? 0o755 : 0o644)
      }
      return {
        serverId: `srv_${name}` as ServerId,
        server: name,
        versionId: `ver_${name}` as VersionId,
        key: buildMainKey('legacy'),
        uid: host.uids === null ? null : (uid ?? host.uids.first + number),
        runtime,
        command,
        appDir,
        dataDir: join(dataDir, 'data', name),
        config: {
          description: '',
          environment,
          autoRestart: false,
          maxRestarts: 0,
          restartDelaySeconds: 1,
          healthCheckIntervalSeconds: 30,
          healthCheckTimeoutSeconds: 5,
          healthFailureThreshold: 3,
          healthSuccessThreshold: 2,
          startTimeoutSeconds: 30,
          limits: { ...DEFAULT_LIMITS, ...limits },
          tags: [],
          allowedNetwork: true,
          egress: network,
          pin: 'warn',
          secrets: [],
          transport: port === null ? 'stdio' : 'http',
          port,
          path: '/mcp',
          healthCheckUrl: null,
          upstreamEra: 'match',
          onSessionLoss: 'resume',
          instances: 'shared',
          idleStopSeconds: 0,
          callTimeoutSeconds: 0,
          disabledTools: [],
        },
        eras: null,
        secrets,
      }
    },
    async start(server) {
      const instance = await backend.start(await harness.spec(server), ledger)
      open.add(instance)
      void instance.ended.then(() => open.delete(instance))
      return instance
    },
    async close() {
      await Promise.allSettled([...open].map((instance) => instance.stop('asked', 'the test is over', 0)))
      await backend.sweep([])
      await removeOwned(host, dataDir, join(dataDir, 'data')).catch(() => undefined)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return harness
}

/** Everything it wrote to stdout, once it has ended. */
export async function readToEnd(instance: Instance): Promise<string> {
  let text = ''
  for await (const chunk of instance.stdout) text += String(chunk)
  return text
}

/** A script run by bash inside, to its end: what it printed. */
export async function runInside(harness: Harness, script: string): Promise<string> {
  const instance = await harness.start({ files: { 'run.sh': script }, command: ['bash', 'run.sh'] })
  instance.stderr.resume()
  return await readToEnd(instance)
}

/** Reads stdout until `done` matches. */
export async function readUntil(instance: Instance, done: RegExp): Promise<string> {
  let text = ''
  return await new Promise((resolve, reject) => {
    const onData = (chunk: unknown) => {
      text += String(chunk)
      if (!done.test(text)) return
      instance.stdout.off('data', onData)
      resolve(text)
    }
    instance.stdout.on('data', onData)
    instance.stdout.once('end', () => reject(new Error(`ended with: ${text}`)))
  })
}
