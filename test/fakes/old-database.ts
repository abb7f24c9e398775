/** Databases as earlier releases left them: made step by step with the migrations of then, with rows of then. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { DEFAULT_LIMITS } from '../../src/domain/server.ts'
import { MIGRATIONS } from '../../src/store/sqlite/database.ts'

export const OLD = {
  server: 'srv_00000000000000000000000001',
  version: 'ver_00000000000000000000000001',
  session: 'ses_00000000000000000000000001',
  token: 'tok_00000000000000000000000001',
} as const

/** As the first release wrote it: what came later is not in it. */
const CONFIG = {
  description: 'as it was',
  environment: { UNITS: 'metric' },
  autoRestart: true,
  maxRestarts: 5,
  restartDelaySeconds: 5,
  healthCheckIntervalSeconds: 30,
  startTimeoutSeconds: 30,
  limits: { memoryMb: 256, cpuPercent: 100, maxProcesses: DEFAULT_LIMITS.maxProcesses },
  tags: [],
}

/** By table, in the order of their references; a column that is not there yet is left out. */
const ROWS: Readonly<Record<string, Readonly<Record<string, SQLInputValue>>>> = {
  servers: {
    id: OLD.server,
    name: 'weather',
    desired: 'running',
    active_version: OLD.version,
    uid: 210_000,
    overrides: '{"tags":["kept"]}',
    last_state: '{"kind":"stopped","lastExit":null}',
    restarts: 2,
    created_at: 1,
    updated_at: 2,
  },
  uids: { uid: 210_000, server_id: OLD.server },
  versions: {
    id: OLD.version,
    server_id: OLD.server,
    number: 1,
    tree_hash: 'a'.repeat(64),
    archive_hash: 'b'.repeat(64),
    archive_format: 'zip',
    archive_bytes: 123,
    config: JSON.stringify(CONFIG),
    detection:
      '{"runtime":"python","command":["python3","server.py"],"installer":null,"reasons":[],"notices":[]}',
    created_at: 1,
    created_by: 'alice',
    scan: null,
    review: null,
    eras: null,
  },
  sessions: {
    id: OLD.session,
    principal_id: OLD.token,
    server_id: OLD.server,
    protocol_version: '2025-06-18',
    initialize_params:
      '{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}',
    log_level: null,
    subscriptions: '[]',
    created_at: 1,
    last_used_at: 2,
    process_key: null,
    instance_id: null,
  },
  tokens: {
    id: OLD.token,
    name: 'ci',
    hash: 'c'.repeat(64),
    grants: '["mcp:call"]',
    created_at: 1,
    created_by: 'alice',
    expires_at: null,
    last_used_at: null,
  },
  audit: {
    seq: 1,
    ts: '2026-01-01T00:00:00.000Z',
    actor: 'alice',
    via: 'cli',
    ip: null,
    action: 'server.start',
    resource: 'server:weather',
    outcome: 'success',
    request_id: null,
    details: '{}',
    prev_hash: '0'.repeat(64),
    hash: 'd'.repeat(64),
  },
  pins: {
    version_id: OLD.version,
    facet: '',
    definitions: '[{"kind":"tool","name":"t","content":{"name":"t"}}]',
    drift: '[]',
    pinned_at: 1,
    pinned_by: 'alice',
  },
}

/** @param schema how many of the migrations the release knew; @param copies of the many rows, for a slow migration */
export function writeOldDatabase(path: string, schema: number, copies = 0): void {
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON')
    for (const sql of MIGRATIONS.slice(0, schema)) database.exec(`BEGIN; ${sql}; COMMIT`)
    database.exec(`PRAGMA user_version = ${schema}; BEGIN`)
    for (const [table, row] of Object.entries(ROWS)) insert(database, table, row)
    for (let n = 0; n < copies; n++) insert(database, 'sessions', { ...ROWS['sessions'], id: `ses_copy${n}` })
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}

function insert(database: DatabaseSync, table: string, row: Readonly<Record<string, SQLInputValue>>): void {
  const present = database
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .map(({ name }) => String(name))
  const columns = present.filter((name) => name in row)
  if (columns.length === 0) return
  const places = columns.map(() => '?').join(', ')
  database
    .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
    .run(...columns.map((name) => row[name] ?? null))
}
