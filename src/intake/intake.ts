/**
 * From bytes to an installed version: receive → validate → scan → unpack → install. Whatever fails, nothing of the
 * deployment is left; what succeeds is a read-only tree named by its hash.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveFormat, ArchiveLimits } from '../domain/archive.ts'
import type { Clock } from '../domain/clock.ts'
import type { Stage, StageStatus } from '../domain/deployment.ts'
import type { Definition } from '../domain/definition.ts'
import { AppError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { JsonObject } from '../domain/json.ts'
import { resolveExpiry } from '../domain/lifetime.ts'
import type { ScanCache, ScanReport } from '../domain/scan-report.ts'
import type { RuntimeKind } from '../domain/runtime-kind.ts'
import type { Detection, ResourceLimits, ServerConfig } from '../domain/server.ts'
import { parseServerConfig, type PartialServerConfig } from '../domain/server-config.ts'
import { openAppTree } from './detect/app-tree.ts'
import { readVersions } from './detect/read-versions.ts'
import { detectServer, type Detected } from './detect/detect-server.ts'
import { buildFinalCommand } from './install/final-command.ts'
import { createInstaller, type Installer } from './install/installer.ts'
import { createLeftovers, type Leftovers } from './leftovers.ts'
import type { Jail } from './ports.ts'
import { receive, type ReceivedArchive } from './receive.ts'
import { createTreeScanner, type TreeScanner } from './scan/scan-tree.ts'
import { lintDefinitions } from './scan/metadata/lint-definitions.ts'
import { measureDisk, type DiskUse } from '../system/disk-use.ts'
import { assertSpace } from './space.ts'
import { openStaging } from './staging.ts'
import type { TreeComparison } from '../domain/tree-comparison.ts'
import { compareTrees } from './tree/compare-trees.ts'
import { moveAppRoot } from './tree/app-root.ts'
import { sealTree } from './tree/seal-tree.ts'
import { openTreeStore, type TreeStore } from './tree/tree-store.ts'
import { unpackArchive, type Unpacked } from './unpack/unpack-archive.ts'

export type IntakeDeps = {
  readonly uploadsDir: string
  /** Holds store/, staging/ and cache/, on one file system. */
  readonly serversDir: string
  readonly limits: ArchiveLimits
  /** With less free nothing is taken in. */
  readonly reserveBytes: number
  readonly allowedRuntimes: readonly RuntimeKind[]
  /** The platform's own settings for what neither request nor archive says. */
  readonly defaults: PartialServerConfig
  readonly installTimeoutSeconds: number
  readonly installLimits: ResourceLimits
  /** Whether dependencies are kept for the next deployment that needs the same. */
  readonly installCache: boolean
  /** The operator's environment: where packages come from is read from it, nothing of it is inherited. */
  readonly environment: Readonly<Record<string, string>>
  readonly jail: Jail
  readonly clock: Clock
  readonly scan: {
    /** False: deployments are not scanned, and say so. */
    readonly enabled: boolean
    readonly timeoutSeconds: number
    readonly osvDir: string | null
    readonly cache: ScanCache
  }
}

type InstallRequest = {
  readonly archive: ReceivedArchive
  /** The request's own settings, as they came; they win over the archive's. */
  readonly config: JsonObject
  readonly onStage: (stage: Stage, status: StageStatus, note: string | null) => void
  /** Lines of the stage's log as they come. */
  readonly onLog: (stage: Stage, line: string) => void
  /** The scan's end: answers one sentence on the verdict, or throws what refuses the archive. Not called without a scan. */
  readonly onScan: (report: ScanReport) => Promise<string>
}

export type Installed = {
  readonly name: string | null
  /** Milliseconds since the epoch; null: for good; undefined: nobody says. */
  readonly expiresAt: number | null | undefined
  readonly treeHash: string
  /** The host's path of the tree that is /app at run time. */
  readonly appDir: string
  readonly archiveHash: string
  readonly archiveFormat: ArchiveFormat
  readonly archiveBytes: number
  readonly config: ServerConfig
  readonly detection: Detection
}

export interface Intake {
  /** A stream to a file, capped and hashed. Throws `body_too_large`, `archive_truncated`, `disk_full`. */
  receive(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ReceivedArchive>
  /** Forgets a received archive and lets go of its tree, which by then a version names or nobody. Idempotent. */
  discard(archive: ReceivedArchive): Promise<void>
  /** Everything from validate to a published tree. Throws AppError; leaves nothing but cached dependencies. */
  install(request: InstallRequest, signal: AbortSignal): Promise<Installed>
  /** Validates and scans, whether deployments are scanned or not; leaves nothing. */
  scan(archive: ReceivedArchive, signal: AbortSignal): Promise<ScanReport>
  /** Removes every published tree that is not kept and that no deployment is just making. */
  collect(keep: readonly string[]): Promise<void>
  readonly leftovers: Leftovers
  measureTree(treeHash: string): Promise<DiskUse>
  appDirOf(treeHash: string): string
  compareTrees(before: string, after: string): Promise<TreeComparison>
  lintMetadata(definitions: readonly Definition[]): Promise<readonly Finding[]>
}

/** Makes its directories and removes what a daemon that died left half done. */
export async function openIntake(deps: IntakeDeps): Promise<Intake> {
  await mkdir(deps.serversDir, { recursive: true, mode: 0o700 })
  const staging = await openStaging(join(deps.serversDir, 'staging'), deps.uploadsDir)
  const store = await openTreeStore(join(deps.serversDir, 'store'))
  const installer = await createInstaller(deps, join(deps.serversDir, 'cache'))
  const scanner = createTreeScanner({ ...deps.scan, clock: deps.clock })
  /** Trees of deployments under way, by archive: collection spares them. */
  const held = new Map<string, string>()
  return {
    async receive(source, signal) {
      const path = staging.openUpload()
      try {
        const assertRoom = () => assertSpace(deps.uploadsDir, deps.reserveBytes)
        return await receive(source, {
          path,
          maxBytes: deps.limits.maxArchiveBytes,
          assertSpace: assertRoom,
          signal,
        })
      } catch (error) {
        await staging.removeUpload(path).catch(() => undefined)
        throw error
      }
    },
    async discard(archive) {
      held.delete(archive.path)
      await staging.removeUpload(archive.path)
    },
    install: (request, signal) =>
      staging.use((directory) =>
        installArchive(request, signal, { deps, store, installer, scanner, directory }, (treeHash) =>
          held.set(request.archive.path, treeHash),
        ),
      ),
    scan: (archive, signal) =>
      staging.use(async (directory) => {
        const unpacked = await unpackArchive(archive.path, directory, deps.limits, deps.clock, signal)
        return scanner.scan(directory, unpacked.bytes, signal)
      }),
    async collect(keep) {
      const isFree = (name: string) => !keep.includes(name) && !new Set(held.values()).has(name)
      for (const name of await store.list()) await store.remove(name, () => isFree(name))
    },
    measureTree: (treeHash) => measureDisk(store.pathOf(treeHash)),
    leftovers: createLeftovers({ staging, store, installer, heldTrees: () => held.values() }),
    appDirOf: (treeHash) => store.pathOf(treeHash),
    compareTrees: (before, after) => compareTrees(store.pathOf(before), store.pathOf(after)),
    lintMetadata: lintDefinitions,
  }
}

type Workshop = {
  readonly deps: IntakeDeps
  readonly store: TreeStore
  readonly installer: Installer
  readonly scanner: TreeScanner
  /** This deployment's own directory; it is removed in the end, whatever happens. */
  readonly directory: string
}

/** The table of contents. */
async function installArchive(
  request: InstallRequest,
  signal: AbortSignal,
  workshop: Workshop,
  hold: (treeHash: string) => void,
): Promise<Installed> {
  const { archive } = request
  const { deps, store, installer, scanner, directory } = workshop
  const unpackedDir = join(directory, 'unpacked')
  const appDir = join(directory, 'app')
  const requested = parseServerConfig(request.config, 'the request')

  const unpacked = await inStage(request, 'validate', async () => {
    await assertSpace(deps.serversDir, deps.reserveBytes)
    await mkdir(unpackedDir, { mode: 0o700 })
    const result = await unpackArchive(archive.path, unpackedDir, deps.limits, deps.clock, signal)
    return { result, note: `${result.format}, ${result.files} files, ${result.bytes} bytes unpacked` }
  })
  if (deps.scan.enabled) {
    await inStage(request, 'scan', async () => {
      const report = await scanner.scan(unpackedDir, unpacked.bytes, signal)
      for (const line of describeFindings(report)) request.onLog('scan', line)
      return { result: report, note: await request.onScan(report) }
    })
  } else request.onStage('scan', 'skipped', NOT_SCANNED)
  const detected = await inStage(request, 'unpack', async () => {
    const moved = await moveAppRoot(unpackedDir, appDir)
    const found = await detectServer(await openAppTree(appDir), requested, deps.defaults)
    await checkRuntime(found.start.runtime, deps)
    const result = { ...found, reasons: [...moved, ...found.reasons] }
    return { result, note: result.reasons.join('; ') }
  })
  const expiresAt =
    detected.expiresAt === undefined ? undefined : resolveExpiry(detected.expiresAt, deps.clock.now())
  const installed = await inStage(request, 'install', async () => {
    const result = await installer.install(
      { appDir, directory, detected },
      (line) => request.onLog('install', line),
      signal,
    )
    const sealed = await sealTree(appDir, deps.clock, signal)
    const command = await buildFinalCommand(detected, appDir, result.installer !== null)
    const versions = await readVersions(appDir, detected.shape.dependencies, detected.pythonPath)
    hold(sealed.treeHash)
    await store.publish(appDir, sealed.treeHash)
    await result.keepInCache()
    return {
      result: { ...result, command, versions, treeHash: sealed.treeHash },
      note: result.note,
      status: result.status,
    }
  })
  return {
    name: detected.name,
    expiresAt,
    treeHash: installed.treeHash,
    appDir: store.pathOf(installed.treeHash),
    archiveHash: archive.hash,
    archiveFormat: unpacked.format,
    archiveBytes: archive.bytes,
    config: detected.config,
    detection: {
      runtime: detected.start.runtime,
      command: installed.command,
      installer: installed.installer,
      reasons: [...detected.reasons, installed.note],
      notices: [...detected.notices, ...describeArchive(unpacked), ...installed.notices],
      shape: { ...detected.shape, versions: installed.versions },
    },
  }
}

/** Reports the stage's beginning and end; an error ends it as failed and goes on upwards. */
async function inStage<T>(
  request: InstallRequest,
  stage: Stage,
  work: () => Promise<{ result: T; note: string; status?: StageStatus }>,
): Promise<T> {
  request.onStage(stage, 'running', null)
  try {
    const { result, note, status } = await work()
    request.onStage(stage, status ?? 'succeeded', note)
    return result
  } catch (error) {
    request.onStage(stage, 'failed', error instanceof AppError ? error.message : null)
    throw error
  }
}

const NOT_SCANNED = 'not scanned: mcp_hosting.security.scan_uploads is false'
const LOGGED_FINDINGS = 50

function describeFindings({ findings }: ScanReport): readonly string[] {
  const lines = findings.slice(0, LOGGED_FINDINGS).map(({ severity, ruleId, file, line, reason }) => {
    const place = file === null ? '' : ` ${file}${line === null ? '' : `:${line}`}`
    return `${severity} ${ruleId}${place}: ${reason}`
  })
  const rest = findings.length - lines.length
  return rest === 0 ? lines : [...lines, `and ${rest} more`]
}

async function checkRuntime(runtime: Detected['start']['runtime'], deps: IntakeDeps): Promise<void> {
  if (!deps.allowedRuntimes.includes(runtime)) {
    throw new AppError('runtime_not_allowed', `This platform does not allow ${runtime} servers`, {
      hint: 'The operator lists the allowed ones in mcp_hosting.security.allowed_languages.',
    })
  }
  if (!(await deps.jail.runtimes()).includes(runtime)) {
    throw new AppError('runtime_not_allowed', `${runtime} is not to be had in the sandbox on this host`)
  }
}

function describeArchive(unpacked: Unpacked): readonly string[] {
  return [
    ...(unpacked.signed ? ['The signature of the bundle is not checked in this release'] : []),
    ...unpacked.nested.map((path) => `${path} is a large archive inside the archive; it stays packed`),
  ]
}
