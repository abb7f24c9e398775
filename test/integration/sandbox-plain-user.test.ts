/** The same platform as a plain user (way 3): a user namespace instead of uids, a watchdog instead of control groups. */
import { spawn } from 'node:child_process'
import { chown, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Enforcement } from '../../src/domain/enforcement.ts'
import type { ErrorBody } from '../../src/domain/error.ts'
import type { HostProbe, InstanceEnd } from '../../src/runtime/ports.ts'
import { isRoot } from './sandbox-harness.ts'

const NOBODY = 65_534
type Report = {
  readonly probe: HostProbe
  readonly enforcement: Enforcement
  readonly hostUid: number
  readonly inside: string
  readonly memory: InstanceEnd
  readonly cpuShare: number
  readonly left: readonly string[]
  readonly job: readonly string[]
  readonly refusal: ErrorBody | null
}

/** Null where the test can become a plain user; else why not. */
async function findWhyNot(): Promise<string | null> {
  if (!isRoot) return 'only root can become one for the test'
  for (const path of [import.meta.dirname, await realpath(process.execPath)]) {
    for (let folder = path; folder !== '/'; folder = dirname(folder)) {
      if (((await stat(folder)).mode & 0o001) === 0) return `other users cannot enter ${folder}`
    }
  }
  return null
}
const whyNot = await findWhyNot()

describe.skipIf(whyNot !== null)(`a plain user${whyNot === null ? '' : ` [skipped: ${whyNot}]`}`, () => {
  let dataDir: string
  let report: Report
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'plain-'))
    await chown(dataDir, NOBODY, NOBODY)
    const script = join(import.meta.dirname, 'plain-user-process.ts')
    const child = spawn(process.execPath, [script, dataDir], { uid: NOBODY, gid: NOBODY, env: {} })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)))
    await new Promise((resolve) => child.once('close', resolve))
    if (out === '') throw new Error(err)
    report = JSON.parse(out)
  })
  afterAll(async () => await rm(dataDir, { recursive: true, force: true }))

  it('reaches tier namespaces, and the record names what is soft and why', () => {
    expect(report.probe.tier).toBe('namespaces')
    expect(report.enforcement).toEqual(report.probe.planned)
    expect(report.enforcement).toMatchObject({
      uid: 'platform',
      fs: { level: 'hard' },
      net: { level: 'hard' },
      seccomp: { level: 'hard' },
      memory: { level: 'soft', by: 'watchdog' },
      cpu: { level: 'soft', by: 'watchdog' },
      pids: { level: 'hard', by: 'RLIMIT_NPROC in a user namespace' },
    })
    expect(report.probe.checks.find(({ id }) => id === 'cgroup')?.status).toBe('warn')
  })

  it('is uid 1000 inside and the daemon’s user outside, with no capability', () => {
    expect(report.inside).toBe('uid=1000(server) gid=1000(server)\nCapEff:\t0000000000000000\n')
    expect(report.hostUid).toBe(NOBODY)
  })

  it('ends a server over its memory, and slows one over its CPU', () => {
    expect(report.memory.cause).toBe('out_of_memory')
    expect(report.cpuShare).toBeGreaterThan(0.1)
    expect(report.cpuShare).toBeLessThan(1)
  })

  it('is refused a start that is promised more, with the reason and the cure', () => {
    expect(report.refusal?.code).toBe('isolation_too_weak')
    expect(report.refusal?.message).toContain('reaches isolation tier "namespaces", and "strong" is required')
    expect(report.refusal?.message).toContain('no control group can be used')
    expect(report.refusal?.hint).toContain('Run the platform as root')
  })

  it('runs jobs that reach the proxy, and leaves nothing', () => {
    expect(report.job).toEqual(['served /x'])
    expect(report.left).toEqual([])
  })
})
