import { z } from 'zod'
import type { BriefRow, Ledger, LedgerRow } from '../../runtime/ports.ts'
import {
  enforcement,
  instanceId,
  integer,
  jsonColumn,
  jsonObject,
  processKey,
  serverId,
  versionId,
} from './columns.ts'
import type { Database, Row } from './database.ts'
import { buildUpdate, encodeJson } from './statement.ts'

const row = z.object({
  instance_id: instanceId,
  server_id: serverId,
  version_id: versionId,
  process_key: jsonColumn(processKey),
  token: z.string(),
  backend: z.string(),
  pid: integer.nullable(),
  start_time: integer.nullable(),
  boot_id: z.string(),
  run_dir: z.string(),
  cgroup: z.string().nullable(),
  enforcement: jsonColumn(enforcement).nullable(),
  initialize_result: jsonColumn(jsonObject).nullable(),
  created_at: integer,
})

function parseLedgerRow(raw: Row): LedgerRow {
  const parsed = row.parse(raw)
  return {
    instanceId: parsed.instance_id,
    serverId: parsed.server_id,
    versionId: parsed.version_id,
    key: parsed.process_key,
    token: parsed.token,
    backend: parsed.backend,
    pid: parsed.pid,
    startTime: parsed.start_time,
    bootId: parsed.boot_id,
    runDir: parsed.run_dir,
    cgroup: parsed.cgroup,
    enforcement: parsed.enforcement,
    initializeResult: parsed.initialize_result,
    createdAt: parsed.created_at,
  }
}

const briefRow = row.pick({
  instance_id: true,
  server_id: true,
  token: true,
  pid: true,
  start_time: true,
  boot_id: true,
  created_at: true,
})

function parseBriefRow(raw: Row): BriefRow {
  const parsed = briefRow.parse(raw)
  return {
    instanceId: parsed.instance_id,
    serverId: parsed.server_id,
    token: parsed.token,
    pid: parsed.pid,
    startTime: parsed.start_time,
    bootId: parsed.boot_id,
    createdAt: parsed.created_at,
  }
}

export function createLedgerStore(database: Database): Ledger {
  return {
    async list() {
      return database.all('SELECT * FROM ledger ORDER BY created_at, instance_id').map(parseLedgerRow)
    },
    async listBrief() {
      return database
        .all('SELECT instance_id, server_id, token, pid, start_time, boot_id, created_at FROM ledger')
        .map(parseBriefRow)
    },
    async create(entry) {
      database.run(
        `INSERT INTO ledger VALUES ($instanceId, $serverId, $versionId, $token, $backend, $pid, $startTime,
           $bootId, $runDir, $cgroup, $enforcement, $initializeResult, $createdAt, $key)`,
        {
          ...entry,
          key: encodeJson(entry.key),
          enforcement: encodeJson(entry.enforcement),
          initializeResult: encodeJson(entry.initializeResult),
        },
      )
    },
    async update(id, changes) {
      const update = buildUpdate('ledger', { column: 'instance_id', value: id }, changes, {
        instanceId: ['instance_id'],
        serverId: ['server_id'],
        versionId: ['version_id'],
        key: ['process_key', encodeJson],
        token: ['token'],
        backend: ['backend'],
        pid: ['pid'],
        startTime: ['start_time'],
        bootId: ['boot_id'],
        runDir: ['run_dir'],
        cgroup: ['cgroup'],
        enforcement: ['enforcement', encodeJson],
        initializeResult: ['initialize_result', encodeJson],
        createdAt: ['created_at'],
      })
      if (update) database.run(update.sql, update.parameters)
    },
    async remove(id) {
      database.run('DELETE FROM ledger WHERE instance_id = $id', { id })
    },
  }
}
