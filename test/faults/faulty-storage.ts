/**
 * The disk fails under what no JavaScript sees: SQLite, the audit log's closed segments, the process that reads archives.
 * strace makes one system call on one of their files fail, the so-manyth; afterwards the disk is well again.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/domain/archive.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { verifyAudit } from '../../src/store/audit/verify-audit.ts'
import { openSnapshot } from '../../src/store/sqlite/database.ts'
import { NODE } from '../e2e/platform.ts'
import type { FaultContext } from './fault.ts'
import { runProgram } from './hosted.ts'

const CALLS = ['pwrite64', 'write', 'pread64', 'read', 'fsync', 'fdatasync', 'ftruncate', 'openat'] as const
const READS: ReadonlySet<string> = new Set(['pread64', 'read'])
const SEGMENT = 4
const BEFORE = 10
const MORE = 12
const TIMEOUT_MS = 60_000
const PROCESS = join(import.meta.dirname, 'faulty-storage-process.ts')
const WORKER = join(import.meta.dirname, '../../src/intake/unpack/unpack-worker.ts')

export type Work = {
  readonly name: string
  readonly calls: readonly string[]
  /** A fresh place; the files whose calls fail; what is run there. */
  open(dir: string): { readonly paths: readonly string[]; readonly argv: readonly string[] }
  /** What of it is broken, once the disk is well again. */
  judge(dir: string, stdout: string): Promise<readonly string[]>
}

const MAY_SAY = new Set(['audit_unavailable', 'disk_full', 'storage_failed'])

/** Twice over: records that go into the table, and those of before, which are closed into a segment. */
async function buildStorage(root: string): Promise<Work> {
  const template = join(root, 'template')
  mkdirSync(template)
  const prepared = await runProgram([NODE, PROCESS, template, '0', String(BEFORE)], TIMEOUT_MS)
  if (prepared.code !== 0) throw new Error(`the place could not be prepared: ${prepared.stderr}`)
  const write = (dir: string, first: number, count: number) => [
    NODE,
    PROCESS,
    dir,
    String(first),
    String(count),
    String(SEGMENT),
  ]
  return {
    name: 'database and audit log',
    calls: CALLS,
    open(dir) {
      cpSync(template, dir, { recursive: true })
      const files = ['haivemind.db', 'haivemind.db-wal', 'audit/head.json', 'audit/segments/1-4.jsonl']
      return { paths: files.map((file) => join(dir, file)), argv: write(dir, BEFORE, MORE) }
    },
    async judge(dir, stdout) {
      const lines = stdout.trim().split('\n')
      const kept = lines.flatMap((line) => /^kept (\d+)$/.exec(line)?.[1] ?? []).map(Number)
      const codes = lines.flatMap((line) => /^(?:refused|ended) (.*)$/.exec(line)?.[1] ?? [])
      const found: string[] = codes
        .filter((code) => !MAY_SAY.has(code))
        .map((code) => `it said ${code.slice(0, 200)}`)
      const again = await runProgram(write(dir, BEFORE + MORE, 1), TIMEOUT_MS)
      if (again.stdout !== `kept ${BEFORE + MORE}\n`) return [...found, `a retry fails: ${again.stdout}`]
      const place = { path: join(dir, 'haivemind.db'), dir: join(dir, 'audit') }
      const { problem } = await verifyAudit(place)
      if (problem !== null) found.push(`the audit log is broken: ${problem.seq} ${problem.reason}`)
      const snapshot = openSnapshot(place.path)
      const rows = snapshot.all('SELECT action FROM audit')
      snapshot.close()
      const stored = [...readSegments(place.dir), ...rows].flatMap(
        ({ action }) => /^server\.act(\d+)$/.exec(String(action))?.[1] ?? [],
      )
      for (const n of [...Array.from({ length: BEFORE }, (_, each) => each), ...kept]) {
        const times = stored.filter((each) => Number(each) === n).length
        if (times !== 1) found.push(`record ${n}, which was kept, is there ${times} times`)
      }
      return found
    },
  }
}

function readSegments(dir: string): readonly Readonly<Record<string, unknown>>[] {
  const folder = join(dir, 'segments')
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
  )
}

const TREE = { 'server.sh': '#!/bin/sh\n', 'lib/data.txt': 'data'.repeat(50_000) }

async function buildUnpacking(root: string): Promise<Work> {
  const archive = join(root, 'archive.zip')
  const entries = Object.entries(TREE).map(([path, text]) => ({ path, data: Buffer.from(text), mode: 0o644 }))
  writeFileSync(archive, await buildZip(entries))
  return {
    name: 'the process that reads archives',
    calls: ['write', 'openat', 'mkdir', 'pread64'],
    open(dir) {
      const target = join(dir, 'target')
      mkdirSync(target, { recursive: true })
      const paths = [archive, ...['lib', ...Object.keys(TREE)].map((path) => join(target, path))]
      const job = JSON.stringify({ archive, target, limits: DEFAULT_ARCHIVE_LIMITS })
      return { paths, argv: [NODE, WORKER, job] }
    },
    async judge(dir, stdout) {
      const { kind, code } = JSON.parse(stdout || '{"kind":"none"}') as { kind: string; code?: string }
      if (kind === 'failed') return code === 'EIO' || code === 'ENOSPC' ? [] : [`it failed with ${code}`]
      // An archive is not to blame for a disk.
      if (kind !== 'unpacked') return [`it answered ${kind}`]
      return Object.entries(TREE)
        .filter(([path, text]) => readFileSync(join(dir, 'target', path), 'utf8') !== text)
        .map(([path]) => `${path} is not what came, and it says that it is`)
    },
  }
}

/** The places where a call can fail, in an order that the seed decides. */
async function listPlaces(c: FaultContext, root: string, works: readonly Work[]) {
  const found: { readonly work: Work; readonly call: string; readonly nth: number }[] = []
  for (const [at, work] of works.entries()) {
    const { paths, argv } = work.open(join(root, `count-${at}`))
    const trace = join(root, `trace-${at}`)
    await runProgram([...strace(paths, work.calls, trace), ...argv], TIMEOUT_MS)
    const lines = readFileSync(trace, 'utf8').split('\n')
    for (const call of work.calls) {
      const count = lines.filter((line) => line.includes(` ${call}(`) || line.startsWith(`${call}(`)).length
      for (let nth = 1; nth <= count; nth++) found.push({ work, call, nth })
    }
  }
  const order = found.map((place) => ({ place, at: c.random() }))
  return order.toSorted((a, b) => a.at - b.at).map(({ place }) => place)
}

function strace(paths: readonly string[], calls: readonly string[], output: string): readonly string[] {
  const only = paths.flatMap((path) => ['-P', path])
  return ['strace', '-f', '--seccomp-bpf', '-qq', '-o', output, ...only, '-e', `trace=${calls.join(',')}`]
}

/** @param most so many places at most */
export async function failUnderneath(c: FaultContext, root: string, most: number): Promise<void> {
  const works = [await buildStorage(root), await buildUnpacking(root)]
  const places = await listPlaces(c, root, works)
  let faults = 0
  for (const { work, call, nth } of places.slice(0, most)) {
    // No disk is too full to be read.
    const error = c.random() < 0.5 || READS.has(call) ? 'EIO' : 'ENOSPC'
    const dir = join(root, 'place')
    const { paths, argv } = work.open(dir)
    const inject = ['-e', `inject=${call}:error=${error}:when=${nth}`]
    const run = await runProgram([...strace(paths, [call], '/dev/null'), ...inject, ...argv], TIMEOUT_MS)
    faults++
    for (const sentence of await work.judge(dir, run.stdout))
      c.broken(`${work.name}, ${error} at ${call} ${nth}: ${sentence}`)
    rmSync(dir, { recursive: true, force: true })
  }
  c.figure('places below the file port', places.length, 'places', { atLeast: 40 })
  c.figure('of which failed', faults, 'calls')
}
