/** Bounds of the data plane. Milliseconds and bytes. */
export type GatewayConfig = {
  /** One JSON-RPC message; bigger bodies are refused before they are parsed. */
  readonly maxBodyBytes: number
  readonly maxJsonDepth: number
  readonly maxBatch: number
  /** Calls that one server works on at once, and those that wait for a place; beyond both: busy. */
  readonly maxInFlight: number
  readonly maxQueued: number
  /** One caller's share of the waiting calls, so that nobody fills the queue for everybody. */
  readonly maxQueuedPerPrincipal: number
  /** Deadline of one call; each progress notification starts it again, up to the ceiling. */
  readonly callTimeoutMs: number
  readonly callCeilingMs: number
  /** Failures in a row without a sign of life that open a process's breaker, and for how long; 0 failures: never. */
  readonly breakerFailures: number
  readonly breakerMs: number
  readonly maxSessionsPerPrincipal: number
  /** Of one principal; beyond them 429. */
  readonly maxMessagesPerMinute: number
  /** Open GET and listen streams of one principal. */
  readonly maxStreamsPerPrincipal: number
  readonly maxStreams: number
  readonly maxSubscriptionsPerClient: number
  /** A session that nobody used for this long ends. */
  readonly sessionIdleMs: number
  readonly keepAliveMs: number
  /** What a slow reader of a stream may leave unread before it is disconnected. */
  readonly maxUnreadBytes: number
  /** How long a server's question waits for its client's answer. */
  readonly parkMs: number
  /** What streams said, kept for clients that come back: of one session, then of all together; and for how long. */
  readonly maxReplayEvents: number
  readonly maxReplayBytes: number
  readonly maxReplayBytesInAll: number
  readonly replayMs: number
  /** An answer that takes longer becomes a stream, which can be resumed; after twice that at the latest. */
  readonly slowAnswerMs: number
  /** What a server asks within this time is put to a client of 2026-07-28 together. */
  readonly quietMs: number
  /** Calls of such clients that wait for answers at one server: of one principal, and in all. */
  readonly maxParksPerPrincipal: number
  readonly maxParksPerServer: number
  /** Processes beside the first that take calls like those that are parked in the others. */
  readonly maxSpareProcesses: number
  /** Changes of a list within this time are announced once. */
  readonly coalesceMs: number
  /** How long a list of the hub waits for one of its servers. */
  readonly hubListMs: number
}

export const DEFAULT_GATEWAY_CONFIG: GatewayConfig = {
  maxBodyBytes: 4 * 1024 * 1024,
  maxJsonDepth: 64,
  maxBatch: 100,
  maxInFlight: 64,
  maxQueued: 256,
  maxQueuedPerPrincipal: 128,
  callTimeoutMs: 60_000,
  callCeilingMs: 600_000,
  breakerFailures: 5,
  breakerMs: 10_000,
  maxSessionsPerPrincipal: 256,
  maxMessagesPerMinute: 1_200,
  maxStreamsPerPrincipal: 50,
  maxStreams: 10_000,
  maxSubscriptionsPerClient: 256,
  sessionIdleMs: 7 * 24 * 3_600_000,
  keepAliveMs: 15_000,
  maxUnreadBytes: 1024 * 1024,
  parkMs: 300_000,
  maxReplayEvents: 1000,
  maxReplayBytes: 4 * 1024 * 1024,
  maxReplayBytesInAll: 64 * 1024 * 1024,
  replayMs: 600_000,
  slowAnswerMs: 2000,
  quietMs: 8,
  maxParksPerPrincipal: 32,
  maxParksPerServer: 128,
  maxSpareProcesses: 8,
  coalesceMs: 50,
  hubListMs: 5000,
}
