/** One attack: a program in a sandbox of the real recipe, and what was seen of it from outside. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Enforcement } from '../../../domain/enforcement.ts'
import type { Secret } from '../../../domain/secret.ts'
import type { ResourceLimits } from '../../../domain/server.ts'
import {
  isAlive,
  listProcessesAtHome,
  listProcessesOf,
  listTree,
  readCommandLine,
  readCredentials,
  type ProcessIdentity,
} from '../../../system/process-table.ts'
import { buildServerPolicy } from '../build-server-policy.ts'
import { prepareVolume } from '../disk/prepare-volume.ts'
import { INSIDE } from '../interpreters.ts'
import type { Launched } from '../launch.ts'
import type { SandboxHost } from '../open-host.ts'
import { runJob, type JobResult } from '../run-job.ts'

export type Attack = {
  readonly name: string
  readonly program: string
  /** What it is told, as JSON. */
  readonly about: Readonly<Record<string, unknown>>
  readonly uid: number | null
  readonly limits: ResourceLimits
  readonly egress?: readonly string[]
  readonly secret?: Secret
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal
  readonly onLine?: (line: string) => void
  /** While it waits at its gate. */
  readonly beforeGo?: (launched: Launched) => Promise<(() => void) | undefined>
}

export type Attacked = Pick<JobResult, 'outcome' | 'code' | 'seconds'> & {
  readonly enforcement: Enforcement
  readonly lines: readonly string[]
  /** Real uid of the payload, seen from the host. */
  readonly hostUid: number
  readonly memoryPeakBytes: number
  /** Was the secret seen in the host's list of processes? */
  readonly secretShown: boolean
  /** Processes of it that outlived it. */
  readonly left: readonly number[]
}

const LOOK_MS = 100

/** Throws AppError as a server's start does. @param dir a folder of the self-test's own. */
export async function attack(host: SandboxHost, dir: string, given: Attack): Promise<Attacked> {
  const { uid, limits, secret } = given
  const appDir = join(dir, 'app', given.name)
  const dataDir = join(dir, 'data', given.name)
  await mkdir(appDir, { recursive: true, mode: 0o755 })
  await writeFile(join(appDir, 'version.txt'), 'as it was deployed\n', { mode: 0o644 })
  const volume = await prepareVolume(host, { dataDir, uid, diskMb: limits.diskMb })
  const egress = given.egress ?? []
  const policy = buildServerPolicy(
    {
      command: ['python3', '-I', '-c', given.program, JSON.stringify(given.about)],
      appDir,
      secrets:
        secret === undefined
          ? []
          : [{ name: 'SELFTEST_SECRET', version: 1, value: secret, as: 'environment' }],
      config: { limits, environment: {}, allowedNetwork: egress.length > 0, egress },
    },
    INSIDE.python,
    uid,
    volume,
    [],
  )
  const lines: string[] = []
  const seen = new Map<number, ProcessIdentity>()
  const facts = { hostUid: -1, memoryPeakBytes: 0, secretShown: false }
  let stopLooking = (): void => undefined
  const look = async ({ outer, group }: Launched) => {
    for (const found of listTree(outer.pid)) {
      seen.set(found.pid, found)
      facts.secretShown ||=
        secret !== undefined && readCommandLine(found.pid).join(' ').includes(secret.reveal())
    }
    const usage = await group?.readUsage().catch(() => null)
    facts.memoryPeakBytes = Math.max(facts.memoryPeakBytes, usage?.memoryPeakBytes ?? 0)
  }
  try {
    const result = await runJob(
      host,
      { ...policy, openFiles: Math.min(policy.openFiles, host.maxOpenFiles), diesWithDaemon: true },
      {
        timeoutSeconds: given.timeoutSeconds,
        ...(given.signal === undefined ? {} : { signal: given.signal }),
        onLine(line) {
          lines.push(line)
          given.onLine?.(line)
        },
        async beforeGo(launched) {
          facts.hostUid = readCredentials(launched.payload.pid)?.uids[0] ?? -1
          await look(launched)
          const timer = setInterval(() => void look(launched), LOOK_MS)
          stopLooking = () => clearInterval(timer)
          return await given.beforeGo?.(launched)
        },
      },
    )
    stopLooking()
    const strays = uid === null ? listProcessesAtHome(dataDir) : listProcessesOf(uid, 1)
    const left = [...seen.values(), ...strays].filter(isAlive).map(({ pid }) => pid)
    return { ...result, ...facts, lines, left: [...new Set(left)] }
  } finally {
    stopLooking()
  }
}

const ANSWER = z.object({
  probe: z.string(),
  blocked: z.boolean(),
  evidence: z.string(),
  outcome: z.literal('not_applicable').optional(),
})

export type Answer = z.infer<typeof ANSWER>

export function parseAnswers(lines: readonly string[]): readonly Answer[] {
  return lines.map((line) => ANSWER.safeParse(parseJson(line)).data).filter((answer) => answer !== undefined)
}

/** The largest `taken` that each child said, summed. */
export function sumTaken(lines: readonly string[]): number {
  const taken = new Map<number, number>()
  for (const line of lines) {
    const { child = 0, taken: mib } =
      z.object({ child: z.number().optional(), taken: z.number() }).safeParse(parseJson(line)).data ?? {}
    if (mib !== undefined) taken.set(child, Math.max(mib, taken.get(child) ?? 0))
  }
  return [...taken.values()].reduce((sum, mib) => sum + mib, 0)
}

export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
