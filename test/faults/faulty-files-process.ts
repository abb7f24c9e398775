/** Works with files in every way that the platform does, while one call after the other fails; prints what came of it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { countCalls, installFaults, runWithFault, type Trouble } from './faulty-files.ts'

await installFaults()
const { openIntake } = await import('../../src/intake/intake.ts')
const { createLogFiles } = await import('../../src/runtime/instance/log-files.ts')
const { systemClock } = await import('../../src/system/clock.ts')
const { copyTree, linkTree, removeTree, writeFileDurable } = await import('../../src/system/files.ts')
const { createLogger } = await import('../../src/system/log.ts')
const { DEFAULT_ARCHIVE_LIMITS } = await import('../../src/domain/archive.ts')
const { DEFAULT_LIMITS } = await import('../../src/domain/server.ts')
const { buildZip } = await import('../../src/domain/zip.ts')
const { createFakeJail } = await import('../fakes/jail.ts')
const { createScanSettings, neverScanned } = await import('../fakes/scan-cache.ts')
const { buildServerId } = await import('../fakes/launch-spec.ts')

const [seedText = '0', every = '1'] = process.argv.slice(2)
const TROUBLES: readonly Trouble[] = ['EIO', 'ENOSPC', 'EINTR', 'short']
const root = mkdtempSync(join(tmpdir(), 'faulty-files-'))
const broken: string[] = []
const sites = new Set<string>()
let faults = 0

type Scenario = {
  readonly name: string
  /** A fresh place; answers what is done there, and what must be so after a failure and after a success. */
  open(dir: string): Promise<{
    work(): Promise<unknown>
    afterFailure(): string | null
    afterSuccess(): Promise<string | null> | string | null
    close?(): Promise<void>
  }>
}

const archive = await buildZip([
  { path: 'server.sh', data: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
  { path: 'lib/data.txt', data: Buffer.from('data'), mode: 0o644 },
])
const signal = new AbortController().signal
const list = (dir: string) => (existsSync(dir) ? readdirSync(dir) : [])

const scenarios: readonly Scenario[] = [
  {
    name: 'a durable file',
    async open(dir) {
      const path = join(dir, 'file')
      await writeFileDurable(path, 'before', 0o600)
      return {
        work: () => writeFileDurable(path, 'after', 0o600),
        afterFailure: () =>
          ['before', 'after'].includes(readFileSync(path, 'utf8'))
            ? null
            : 'the file is neither the old nor the new one',
        afterSuccess: () =>
          readFileSync(path, 'utf8') === 'after' && list(dir).length === 1
            ? null
            : `wrong: ${list(dir).join()}`,
      }
    },
  },
  {
    name: 'a tree, copied, linked and removed',
    async open(dir) {
      const source = join(dir, 'source')
      mkdirSync(join(source, 'inner'), { recursive: true })
      await writeFileDurable(join(source, 'inner/a'), 'a', 0o600)
      return {
        async work() {
          for (const name of ['copy', 'link']) await removeTree(dir, join(dir, name))
          await copyTree(source, join(dir, 'copy'))
          await linkTree(source, join(dir, 'link'))
          await removeTree(dir, join(dir, 'copy'))
        },
        afterFailure: () =>
          readFileSync(join(source, 'inner/a'), 'utf8') === 'a' ? null : 'the source changed',
        afterSuccess: () =>
          list(dir).toSorted().join() === 'link,source' ? null : `left: ${list(dir).join()}`,
      }
    },
  },
  {
    name: 'an archive, received and installed',
    async open(dir) {
      const intake = await openIntake({
        reserveBytes: 0,
        scan: createScanSettings(false),
        uploadsDir: join(dir, 'uploads'),
        serversDir: join(dir, 'servers'),
        limits: DEFAULT_ARCHIVE_LIMITS,
        allowedRuntimes: ['bash'],
        defaults: {},
        installTimeoutSeconds: 60,
        installCache: true,
        installLimits: DEFAULT_LIMITS,
        environment: {},
        jail: createFakeJail(),
        clock: systemClock,
      })
      let hash = ''
      async function* bytes() {
        yield archive
      }
      const store = join(dir, 'servers/store')
      return {
        async work() {
          const received = await intake.receive(bytes(), signal)
          try {
            const quiet = { onStage: () => undefined, onLog: () => undefined, onScan: neverScanned }
            const installed = await intake.install({ archive: received, config: {}, ...quiet }, signal)
            hash = installed.treeHash
          } finally {
            await intake.discard(received)
          }
        },
        // What could not be removed while the disk failed is found by the next clean-up.
        afterFailure: () => null,
        async afterSuccess() {
          for (const { kind, name } of await intake.leftovers.list([hash]))
            await intake.leftovers.remove(kind, name)
          const left = [...list(join(dir, 'uploads')), ...list(join(dir, 'servers/staging'))]
          if (left.length > 0) return `left: ${left.join()}`
          if (list(store).join() !== hash) return `trees: ${list(store).join()}`
          return readFileSync(join(store, hash, 'lib/data.txt'), 'utf8') === 'data'
            ? null
            : 'the tree is not what came'
        },
      }
    },
  },
  {
    name: 'a log, written, rotated and read',
    async open(dir) {
      const id = buildServerId(1)
      const logger = createLogger(new PassThrough().resume())
      const logs = createLogFiles({ dir, clock: systemClock, logger, maxBytes: 300, maxFiles: 100 })
      let sent = 0
      const write = async () => {
        for (let n = 0; n < 6; n++) {
          logs.append(id, 'stderr', `line ${++sent}`)
          await logs.read(id, { tail: 1 })
        }
      }
      return {
        work: write,
        afterFailure: () => null,
        async afterSuccess() {
          const lines = await logs.read(id, { limit: 10_000 })
          const stored = lines.filter(({ stream }) => stream === 'stderr').length
          const { stderr } = logs.dropped(id)
          if (stored + stderr !== sent)
            return `${sent} lines sent, ${stored} stored, ${stderr} counted as dropped`
          const isWhole = lines.every(({ seq }, n) => n === 0 || seq === (lines[n - 1]?.seq ?? 0) + 1)
          return isWhole ? null : `numbers: ${lines.map(({ seq }) => seq).join()}`
        },
        close: () => logs.close(),
      }
    },
  },
]

function countOpenFiles(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return statSync(`/proc/self/fd/${fd}`).isFile()
    } catch {
      return false
    }
  }).length
}
const openBefore = countOpenFiles()

let place = 0
const openFresh = async (scenario: Scenario) => {
  const dir = join(root, String(++place))
  mkdirSync(dir)
  return { dir, ...(await scenario.open(dir)) }
}

for (const scenario of scenarios) {
  const first = await openFresh(scenario)
  const calls = await countCalls(() => first.work())
  await first.close?.()
  for (const trouble of TROUBLES) {
    for (let call = 1 + (Number(seedText) % Number(every)); call <= calls; call += Number(every)) {
      const world = await openFresh(scenario)
      const where = `${scenario.name}, ${trouble} at call ${call}`
      const { at, error } = await runWithFault(call, trouble, () => world.work())
      if (at !== null) {
        faults++
        sites.add(`${scenario.name}: ${at}`)
      }
      const problem = error === null ? null : world.afterFailure()
      if (problem !== null) broken.push(`${where} (${at}): ${problem}`)
      try {
        await world.work()
        const left = await world.afterSuccess()
        if (left !== null) broken.push(`${where} (${at}), then again: ${left}`)
      } catch (again) {
        broken.push(`${where} (${at}): a retry fails: ${String(again)}`)
      }
      await world.close?.()
      rmSync(world.dir, { recursive: true, force: true })
    }
  }
}
rmSync(root, { recursive: true, force: true })
process.stdout.write(
  JSON.stringify({ sites: sites.size, faults, open: countOpenFiles() - openBefore, broken }),
)
