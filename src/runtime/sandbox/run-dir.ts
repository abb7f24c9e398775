/** The run directory of a sandbox: FIFOs, bubblewrap's status file, and who is who in it. */
import { statSync } from 'node:fs'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { decodeJson } from '../../domain/json.ts'
import type { Bind } from './policy.ts'

export const statusFileOf = (runDir: string) => join(runDir, 'status')
export const fifoOf = (runDir: string, name: 'in' | 'out' | 'err') => join(runDir, name)
const factsFileOf = (runDir: string) => join(runDir, 'facts.json')

const STATUS_LINE = z.object({
  'child-pid': z.int().positive().optional(),
  'exit-code': z.int().min(0).max(255).optional(),
})

export type SandboxStatus = {
  /** The sandbox's init, seen from the host. */
  readonly childPid: number | null
  /** 128 + signal for a signal; null while it runs, and when bubblewrap itself was killed. */
  readonly exitCode: number | null
}

/** @property changedAt milliseconds since the epoch; null when there is no file. */
type StatusFile = SandboxStatus & { readonly changedAt: number | null }

/** Missing, cut or foreign lines read as "not known". */
export async function readStatusFile(runDir: string): Promise<StatusFile> {
  const path = statusFileOf(runDir)
  const text = await readFile(path, 'utf8').catch(() => '')
  const changed = await stat(path).catch(() => null)
  return { ...parseStatus(text), changedAt: changed === null ? null : Math.round(changed.mtimeMs) }
}

/**
 * For looking again and again: read only when the file's size is another one, since bubblewrap only ever adds lines. What
 * does not say who it is about was not read whole, and is read again.
 */
export function openStatusReader(runDir: string): () => Promise<SandboxStatus> {
  const path = statusFileOf(runDir)
  let known: { readonly size: number; readonly status: SandboxStatus } | null = null
  return async () => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    if (known?.size === size) return known.status
    const status = await readStatusFile(runDir)
    known = status.childPid === null ? null : { size, status }
    return status
  }
}

export function parseStatus(text: string): SandboxStatus {
  const lines = text.split('\n').map((line) => STATUS_LINE.safeParse(decodeJson(line)).data ?? {})
  return {
    childPid: lines.find((line) => line['child-pid'] !== undefined)?.['child-pid'] ?? null,
    exitCode: lines.find((line) => line['exit-code'] !== undefined)?.['exit-code'] ?? null,
  }
}

/** For /etc inside, where the uid is the host's: `os.userInfo()` and `id` must find its name. */
export async function writeNames(runDir: string, uid: number): Promise<readonly Bind[]> {
  const root = 'root:x:0:'
  const files = {
    passwd: `${root}0:root:/root:/usr/sbin/nologin\nserver:x:${uid}:${uid}:server:/data:/bin/sh\n`,
    group: `${root}\nserver:x:${uid}:\n`,
  }
  return await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      const source = join(runDir, name)
      await writeFile(source, text, { mode: 0o644 })
      return { source, target: `/etc/${name}`, writable: false }
    }),
  )
}

const IDENTITY = z.strictObject({ pid: z.int().positive(), startTime: z.int().positive() })
const FACTS = z.strictObject({
  bootId: z.string(),
  init: IDENTITY,
  payload: IDENTITY,
  limits: z.strictObject({
    memoryMb: z.number(),
    cpuPercent: z.number(),
    maxProcesses: z.number(),
    diskMb: z.number(),
  }),
  program: z.string(),
  /** Directories whose files have to be added up, since nothing else bounds them. */
  counted: z.array(z.string()),
  /** Where no pid namespace ends all of it: by what its processes are known. */
  strays: z
    .union([z.strictObject({ uid: z.int().positive() }), z.strictObject({ home: z.string() })])
    .nullable(),
})

/** What a later daemon must know of a sandbox that it did not start. */
export type SandboxFacts = z.infer<typeof FACTS>

/**
 * Written before the gate opens, so that a later daemon signals these processes and none that got their pids. Not synced:
 * a power failure ends the processes too.
 */
export async function writeSandboxFacts(runDir: string, facts: SandboxFacts): Promise<void> {
  await writeFile(factsFileOf(runDir), JSON.stringify(facts), { mode: 0o600 })
}

/** In one step: a daemon that dies meanwhile leaves the earlier facts or these. */
export async function replaceSandboxFacts(runDir: string, facts: SandboxFacts): Promise<void> {
  const next = `${factsFileOf(runDir)}.next`
  await writeFile(next, JSON.stringify(facts), { mode: 0o600 })
  await rename(next, factsFileOf(runDir))
}

/** Null when they were never written, or in another boot. */
export async function readSandboxFacts(runDir: string, bootId: string): Promise<SandboxFacts | null> {
  const text = await readFile(factsFileOf(runDir), 'utf8').catch(() => '')
  const found = FACTS.safeParse(decodeJson(text)).data
  return found?.bootId === bootId ? found : null
}
