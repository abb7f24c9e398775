/** Both versions of control groups against one suite: v1 for real where it can be written, v2 on a folder that imitates it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ControlGroups } from '../../src/system/cgroup-files.ts'
import { detectControlGroups } from '../../src/system/cgroups.ts'
import { openV2 } from '../../src/system/cgroups-v2.ts'
import { runProcess } from '../../src/system/spawn.ts'

const LIMITS = { memoryBytes: 64 * 2 ** 20, cpuPercent: 50, tasks: 20 }
const { groups: real } = await detectControlGroups(`contract-${process.pid}`)

describe.skipIf(real === null)(
  `the control groups of this host${real === null ? ' [skipped: none can be written here]' : ''}`,
  () => {
    const groups = real as ControlGroups
    const name = `contract-${process.pid}-real`

    it('holds a process that joins, counts it, kills it and goes', async () => {
      const group = await groups.create(name, LIMITS)
      expect(await group.readLimits()).toEqual(LIMITS)
      expect(await groups.list()).toContain(name)
      const script = 'for f; do echo $$ > "$f" || exit 1; done; (exec sleep 60) & exec sleep 60'
      const ended = runProcess(['/bin/sh', '-c', script, 'sh', ...group.joinFiles], {
        environment: {},
        timeoutMs: 30_000,
      })
      while ((await group.listProcesses()).length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      const [pid = -1] = await group.listProcesses()
      expect(group.holds(pid)).toBe(true)
      expect(group.holds(process.pid)).toBe(false)
      const usage = await group.readUsage()
      expect(usage.tasks).toBe(2)
      expect(usage.memoryBytes).toBeGreaterThan(0)
      expect(usage.oomKills).toBe(0)
      expect(await groups.open(name)).not.toBeNull()
      for (const mib of [96, 48]) {
        const change = { memoryBytes: mib * 2 ** 20, cpuPercent: mib }
        await group.writeLimits(change)
        expect(await group.readLimits()).toEqual({ ...LIMITS, ...change })
      }
      await group.kill()
      expect(await group.listProcesses()).toEqual([])
      expect(await ended).toMatchObject({ code: null, timedOut: false })
      await group.remove()
      await group.remove()
      expect(await groups.open(name)).toBeNull()
    })

    it('counts what the kernel killed for want of memory', async () => {
      const group = await groups.create(`${name}-oom`, LIMITS)
      const script = 'for f; do echo $$ > "$f" || exit 1; done; exec head -c 200M /dev/zero | tail'
      await runProcess(['/bin/sh', '-c', script, 'sh', ...group.joinFiles], {
        environment: {},
        timeoutMs: 30_000,
      })
      expect(await group.readOomKills()).toBeGreaterThan(0)
      expect((await group.readUsage()).memoryPeakBytes).toBeLessThanOrEqual(LIMITS.memoryBytes)
      await group.kill()
      await group.remove()
    })
  },
)

describe('cgroup v2, on a folder that imitates its files', () => {
  let base: string
  let groups: ControlGroups
  const read = async (path: string) => await readFile(join(base, path), 'utf8')

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'cgroup2-'))
    await writeFile(join(base, 'cgroup.type'), 'domain\n')
    await writeFile(join(base, 'cgroup.subtree_control'), '\n')
    await writeFile(join(base, 'cgroup.procs'), '101\n102\n')
    await mkdir(join(base, 'supervisor'))
    groups = await openV2(base)
  })
  afterAll(async () => await rm(base, { recursive: true }))

  it('moves what runs in its own group aside before it passes controllers on', async () => {
    // The imitation keeps the last write only: in the kernel each write moves one process.
    expect(await read('supervisor/cgroup.procs')).toBe('102')
    expect(await read('cgroup.subtree_control')).toBe('+cpu')
    expect(await read('haivemind/cgroup.subtree_control')).toBe('+cpu')
  })

  it('writes every limit in the kernel’s terms, with no way out to swap and the whole group to die of it', async () => {
    const group = await groups.create('t', LIMITS)
    expect(group.name).toBe('haivemind/t')
    expect(group.joinFiles).toEqual([join(base, 'haivemind/t/cgroup.procs')])
    const written = Object.fromEntries(
      await Promise.all(
        ['memory.max', 'memory.swap.max', 'memory.oom.group', 'pids.max', 'cpu.max'].map(
          async (name) => [name, await read(`haivemind/t/${name}`)] as const,
        ),
      ),
    )
    expect(written).toEqual({
      'memory.max': '67108864',
      'memory.swap.max': '0',
      'memory.oom.group': '1',
      'pids.max': '20',
      'cpu.max': '50000 100000',
    })
    expect(await group.readLimits()).toEqual(LIMITS)
    expect(await group.boundsSwap()).toBe(true)
  })

  it('changes memory and CPU of a group that lives', async () => {
    const group = await groups.open('t')
    await group?.writeLimits({ memoryBytes: 2 ** 27, cpuPercent: 150 })
    expect(await read('haivemind/t/memory.max')).toBe('134217728')
    expect(await read('haivemind/t/cpu.max')).toBe('150000 100000')
    expect(await read('haivemind/t/pids.max')).toBe('20')
  })

  it('reads usage and counters', async () => {
    const files = {
      'memory.current': '1048576\n',
      'memory.peak': '2097152\n',
      'cpu.stat': 'usage_usec 1500000\nuser_usec 1\nnr_periods 40\nnr_throttled 3\nthrottled_usec 250000\n',
      'pids.current': '5\n',
      'cgroup.procs': '7\n19\n',
      'memory.events': 'low 0\nhigh 0\nmax 7\noom 1\noom_kill 2\noom_group_kill 1\n',
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(base, 'haivemind/t', name), text)
    const group = await groups.open('t')
    expect(await group?.readUsage()).toEqual({
      memoryBytes: 1048576,
      memoryPeakBytes: 2097152,
      cpuSeconds: 1.5,
      cpuThrottledSeconds: 0.25,
      periods: 40,
      throttledPeriods: 3,
      tasks: 5,
      oomKills: 2,
    })
    const meter = group?.openMeter()
    expect(meter?.listProcesses()).toEqual([7, 19])
    await writeFile(join(base, 'haivemind/t/memory.current'), '7\n')
    expect(meter?.read()).toMatchObject({ memoryBytes: 7, memoryPeakBytes: 2097152, oomKills: 2 })
    meter?.close()
    expect(await groups.list()).toEqual(['t'])
    expect(await groups.open('other')).toBeNull()
  })

  it('kills the group as a whole', async () => {
    await writeFile(join(base, 'haivemind/t/cgroup.procs'), '')
    const group = await groups.open('t')
    await group?.kill()
    expect(await read('haivemind/t/cgroup.kill')).toBe('1')
  })
})

describe('detection', () => {
  it('says why no control group can be used, version by version', async () => {
    expect(await detectControlGroups('x', [])).toEqual({
      groups: null,
      found: 'no cgroup v2 is mounted; no cgroup v1 with memory, pids, cpu and cpuacct is mounted',
    })
  })

  it('does not trust a folder that only looks like control groups', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cgroup-fake-'))
    const mounts = ['memory', 'pids', 'cpu,cpuacct'].map((options) => ({
      root: '/',
      target: join(folder, options),
      type: 'cgroup',
      options: options.split(','),
    }))
    const { groups, found } = await detectControlGroups('x', mounts)
    expect(groups).toBeNull()
    expect(found).not.toBe('')
    await rm(folder, { recursive: true })
  })
})
