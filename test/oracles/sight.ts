/** What the oracles judge: a live platform as it is seen from outside, and what its clients were told. */

export type SeenServer = {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly desired: string
  readonly idle: boolean
  readonly reason: string | null
  readonly next_try_at: string | null
  readonly attempt: number
  readonly max_restarts: number
  readonly observed_at: string | null
  readonly stale: boolean
}

export type SeenVersion = {
  readonly server: string
  readonly number: number
  readonly archiveHash: string
  /** Path to SHA-256 of what is stored; null: no tree. */
  readonly files: Readonly<Record<string, string>> | null
}

export type SeenRow = {
  readonly instanceId: string
  readonly serverId: string
  readonly versionId: string
  readonly key: string
  readonly token: string
  /** Pid, start time and boot still name a living process. */
  readonly isAlive: boolean
}

/** A process, control group, run directory, mount, loop device or socket of this platform's sandboxes. */
export type SeenTrace = {
  readonly kind: 'process' | 'group' | 'run directory' | 'mount' | 'loop device' | 'socket'
  readonly name: string
  /** Whose sandbox it is; null where nothing tells. */
  readonly token: string | null
}

/** `answers`: results, errors and closed streams; a call that is under way is late once its deadline is over. */
export type SeenCall = { readonly id: string; readonly answers: number; readonly lateMs: number }

/** An upload as its client knows it: what was sent, and whether it was told that it succeeded. */
export type SentUpload = {
  readonly server: string
  readonly archiveHash: string
  readonly files: Readonly<Record<string, string>>
  readonly isAcknowledged: boolean
}

export type Sight = {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly servers: readonly SeenServer[]
  readonly versions: readonly SeenVersion[]
  /** Trees that lie in the store, by hash, and those that versions name. */
  readonly trees: { readonly stored: readonly string[]; readonly named: readonly string[] }
  /** Not ended. */
  readonly openOperations: number
  readonly uploads: readonly SentUpload[]
  /** Of deleted servers: what was promised of them holds no more. */
  readonly deleted: ReadonlySet<string>
  readonly rows: readonly SeenRow[]
  readonly traces: readonly SeenTrace[]
  /** Files of uploads and half-made trees. */
  readonly temporary: readonly string[]
  /** Of the newest events, oldest first. */
  readonly starts: readonly { readonly server: string; readonly at: number; readonly attempt: number }[]
  /** Of the same events: what was announced when an end was told. */
  readonly waits: readonly {
    readonly server: string
    readonly at: number
    readonly attempt: number
    readonly nextTry: number
  }[]
  /** The shortest delay that these servers may have. */
  readonly leastDelayMs: number
  readonly calls: readonly SeenCall[]
  /** Lines that a server numbered, as its log has them; `dropped` as the log says. */
  readonly logs: readonly {
    readonly server: string
    readonly numbers: readonly number[]
    readonly gapsTold: boolean
  }[]
  readonly counters: {
    readonly before: Readonly<Record<string, number>> | null
    readonly now: Readonly<Record<string, number>>
  }
  readonly audit: { readonly ok: boolean; readonly problem: string | null }
  readonly daemon: { readonly rssBytes: number; readonly streams: number; readonly lagP99Ms: number | null }
  readonly isReady: boolean
  /** The database and its copies, with what `quick_check` says of each. */
  readonly databases: readonly { readonly name: string; readonly check: string }[]
}

export type Oracle = {
  readonly id: `I${number}`
  readonly rule: string
  /** Every violation, one sentence each. */
  judge(sight: Sight): readonly string[]
}
