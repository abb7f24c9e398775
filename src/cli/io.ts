/** Everything the command line needs from the machine, so that a test can run it in memory. */
import type { Readable, Writable } from 'node:stream'
import type { LoadedConfig } from '../config/load.ts'
import type { AuditVerdict } from '../domain/audit.ts'
import type { Clock } from '../domain/clock.ts'
import type { HostCheck } from '../domain/host-check.ts'
import type { IsolationTier } from '../domain/enforcement.ts'
import type { SelftestReport } from '../domain/selftest.ts'

export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }
export type InputStream = Readable & {
  readonly isTTY?: boolean
  /** Of terminals alone. */
  setRawMode?(mode: boolean): unknown
}

type RunningPlatform = {
  /** For example http://127.0.0.1:8910; the real port where the configuration says 0. */
  readonly url: string
  readonly tier: IsolationTier
  /** Makes the first administrator; null when there is one. */
  readonly setupCode: string | null
  /** Reads the configuration again; what is wrong with it is told elsewhere. */
  reload(): Promise<void>
  /** Stops the servers, then everything else. */
  close(): Promise<void>
}

/** What `doctor --fix` does about a file, decided where the files are looked at. */
type FileMend =
  | { readonly kind: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly kind: 'remove'; readonly path: string }
type FileCheck = HostCheck & { readonly mend?: FileMend }

/** What this host can enforce, found by trying. */
export type HostReport = { readonly tier: IsolationTier; readonly checks: readonly HostCheck[] }

/** What a backup says of itself. */
export type BackupSummary = {
  readonly version: string
  readonly created_at: string
  readonly scope: 'full' | 'records'
  readonly with_data: boolean
  readonly servers: number
  readonly versions: number
  readonly files: number
  readonly secrets: { readonly count: number; readonly key_id: string } | null
  readonly skipped: readonly { readonly path: string; readonly why: string }[]
}

export type CliIo = {
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string>>
  /** Relative paths on the command line start here. */
  readonly cwd: string
  readonly clock: Clock
  readonly version: string
  /** What starts this program: absolute paths. */
  readonly program: readonly string[]
  readonly pid: number
  /** As Node names it, for example linux. */
  readonly os: string
  /** Aborted by SIGINT or SIGTERM. */
  readonly interrupted: AbortSignal
  /** Resolves once the platform answers. */
  startPlatform(loaded: LoadedConfig, readConfig: () => Promise<LoadedConfig>): Promise<RunningPlatform>
  /** Called at each SIGHUP from now on; without a listener that signal ends the program. */
  onHangup(listener: () => void): void
  probeHost(loaded: LoadedConfig): Promise<HostReport>
  /** The folders and files that the platform keeps, as they lie on the disk. */
  checkFiles(loaded: LoadedConfig): Promise<readonly FileCheck[]>
  /** Answers what was done. */
  mendFiles(mends: readonly FileMend[]): Promise<readonly string[]>
  /** Attacks sandboxes of its own. @param tier a weaker one than this host has; null: what it has. */
  runSelftest(loaded: LoadedConfig, tier: IsolationTier | null): Promise<SelftestReport>
  /** Of the data directory as it lies there. @param file null: in its folder of backups */
  makeBackup(
    loaded: LoadedConfig,
    options: { readonly file: string | null; readonly withData: boolean },
  ): Promise<BackupSummary & { readonly path: string }>
  verifyBackup(file: string): Promise<BackupSummary>
  /** @param to a folder for everything; null: the folders of the configuration */
  restoreBackup(loaded: LoadedConfig, file: string, to: string | null): Promise<BackupSummary>
  /** The audit log in the data directory, whether or not the platform runs. */
  verifyAudit(loaded: LoadedConfig, publicKey: string | undefined): Promise<AuditVerdict>
}
