/**
 * The same platform as a plain user: a watchdog instead of control groups, and for uids a user namespace (way 3) or
 * the range that the user was granted (way 4).
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chown, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tierOf, type Enforcement } from '../../src/domain/enforcement.ts'
import type { ErrorBody } from '../../src/domain/error.ts'
import type { HostProbe, InstanceEnd } from '../../src/runtime/ports.ts'
import { listProcessesAtHome } from '../../src/system/process-table.ts'
import { isRoot } from './sandbox-harness.ts'

const NOBODY = 65_534
type Report = {
  readonly probe: HostProbe
  readonly enforcement: Enforcement
  readonly way: number
  readonly hostUid: number
  readonly otherUid: number
  readonly reached: readonly string[] | null
  readonly filler: InstanceEnd
  readonly inside: string
  readonly memory: InstanceEnd
  readonly cpuShare: number
  readonly left: readonly string[]
  readonly job: readonly string[]
  readonly answered: string
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
const whyNoRange =
  whyNot ??
  (existsSync('/usr/bin/newuidmap') && existsSync('/usr/sbin/useradd') ? null : 'no newuidmap or useradd')
const note = (why: string | null) => (why === null ? '' : ` [skipped: ${why}]`)

async function readReport<R = Report>(uid: number, name = 'plain-user-process.ts'): Promise<R> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plain-'))
  try {
    await chown(dataDir, uid, uid)
    const script = join(import.meta.dirname, name)
    const child = spawn(process.execPath, [script, dataDir], { uid, gid: uid, env: {} })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)))
    await new Promise((resolve) => child.once('close', resolve))
    if (out === '') throw new Error(err)
    return JSON.parse(out) as R
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** What holds for a plain user whichever way his sandboxes get their uid. */
function describeUser(read: () => Report): void {
  it('reaches tier namespaces, and the record names what is soft and why', () => {
    const { probe, enforcement } = read()
    expect(probe.tier).toBe('namespaces')
    expect(enforcement).toEqual(probe.planned)
    expect(enforcement).toMatchObject({
      fs: { level: 'hard' },
      net: { level: 'hard' },
      seccomp: { level: 'hard' },
      memory: { level: 'soft', by: 'watchdog' },
      cpu: { level: 'soft', by: 'watchdog' },
      pids: { level: 'hard', by: 'RLIMIT_NPROC in a user namespace' },
      disk: { level: 'soft', by: 'adding up' },
    })
    expect(probe.checks.find(({ id }) => id === 'cgroup')?.status).toBe('warn')
  })

  it('is uid 1000 inside, with no capability', () => {
    expect(read().inside).toBe('uid=1000(server) gid=1000(server)\nCapEff:\t0000000000000000\n')
  })

  it('ends a server over its memory or its /data, and slows one over its CPU', () => {
    const { memory, filler, cpuShare } = read()
    expect(memory.cause).toBe('out_of_memory')
    expect(filler).toMatchObject({ cause: 'platform', detail: 'It kept more than its 16 MiB of files.' })
    expect(cpuShare).toBeGreaterThan(0.1)
    expect(cpuShare).toBeLessThan(1)
  })

  it('is refused a start that is promised more, with the reason and the cure', () => {
    const { refusal } = read()
    expect(refusal?.code).toBe('isolation_too_weak')
    expect(refusal?.message).toContain('reaches isolation tier "namespaces", and "strong" is required')
    expect(refusal?.message).toContain('no control group can be used')
    expect(refusal?.hint).toContain('Run the platform as root')
  })

  it('has its server’s port from outside, and gives it a proxy', () => {
    expect(read().answered).toMatch(/^HTTP\/1\.0 200 OK[\s\S]*HTTP\/1\.1 403$/)
  })

  it('runs jobs that reach the proxy, and leaves nothing', () => {
    expect(read().job).toEqual(['served /x'])
    expect(read().left).toEqual([])
  })
}

describe.skipIf(whyNot !== null)(`a plain user (way 3)${note(whyNot)}`, () => {
  let report: Report
  beforeAll(async () => {
    report = await readReport(NOBODY)
  })
  describeUser(() => report)

  it('SB-54: runs servers as the daemon’s user, and says what would give them uids of their own', () => {
    expect(report).toMatchObject({ way: 3, hostUid: NOBODY, otherUid: NOBODY })
    expect(report.enforcement.uid).toBe('platform')
    const found = report.probe.checks.find(({ id }) => id === 'uids')
    expect(found).toMatchObject({ status: 'warn', fix: expect.stringContaining('apt-get install uidmap') })
    expect(found?.found).toContain('no range in /etc/subuid')
  })
})

describe.skipIf(whyNoRange !== null)(`a plain user with subordinate uids (way 4)${note(whyNoRange)}`, () => {
  const name = `hvm-test-${process.pid}`
  let report: Report
  let range: number
  let user: number
  beforeAll(async () => {
    execFileSync('/usr/sbin/useradd', ['--no-create-home', name])
    user = Number(execFileSync('/usr/bin/id', ['-u', name], { encoding: 'utf8' }))
    const line = readFileSync('/etc/subuid', 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${name}:`))
    range = Number(line?.split(':')[1])
    report = await readReport(user)
  })
  afterAll(() => {
    execFileSync('/usr/sbin/userdel', [name])
  })
  describeUser(() => report)

  it('SB-01: gives every server a host uid of its own out of the range', () => {
    expect(report).toMatchObject({ way: 4, hostUid: range + 1, otherUid: range + 2 })
    expect(report.enforcement.uid).toBe('distinct')
    expect(report.probe.checks.find(({ id }) => id === 'uids')?.status).toBe('ok')
  })

  it('keeps a server that left its namespaces from the platform’s files and from another server’s', () => {
    expect(report.reached).toEqual([])
  })
})

describe.skipIf(whyNot !== null)(`a plain process (tier none)${note(whyNot)}`, () => {
  it('runs in its folders, claims nothing, and leaves nothing of its tree', async () => {
    type Found = { readonly enforcement: Enforcement; readonly end: InstanceEnd } & Readonly<
      Record<'cwd' | 'home', string>
    >
    const report = await readReport<Found>(NOBODY, 'plain-process.ts')
    expect(tierOf(report.enforcement)).toBe('none')
    expect(report.enforcement).toMatchObject({
      uid: 'platform',
      fs: { level: 'none' },
      net: { level: 'none' },
      seccomp: { level: 'none' },
      memory: { level: 'soft', by: 'watchdog' },
      pids: { level: 'none' },
      disk: { level: 'soft' },
    })
    expect(report.cwd).toMatch(/\/app\/server1$/)
    expect(report.home).toMatch(/\/data\/server1$/)
    expect(report.end).toMatchObject({ cause: 'asked', signal: 'SIGTERM' })
    expect(listProcessesAtHome(report.home)).toEqual([])
  })
})
