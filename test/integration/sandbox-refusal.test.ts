/** A start with less than planned is refused before anything of the server ran, and leaves nothing. */
import { existsSync, readdirSync } from 'node:fs'
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBubblewrapBackend } from '../../src/runtime/backends/bubblewrap.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import type { SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { probeHost } from '../../src/runtime/sandbox/probe-host.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { isRoot, openHarness, type Harness } from './sandbox-harness.ts'

let harness: Harness
/** Copies that every uid reaches: a checkout may lie in somebody's closed home. */
let programs: string
beforeAll(async () => {
  harness = await openHarness()
  programs = await mkdtemp(join(tmpdir(), 'programs-'))
  await chmod(programs, 0o755)
  await cp(join(import.meta.dirname, '../fixtures/sandbox'), programs, { recursive: true })
})
afterAll(async () => {
  await harness.close()
  await rm(programs, { recursive: true })
})

/** Starts on a host that turned out other than the probe found it; the server would leave a file behind. */
async function startOn(changes: Partial<SandboxHost>): Promise<unknown> {
  const host = { ...harness.host, ...changes }
  const backend = createBubblewrapBackend({
    host,
    interpreters: createInterpreters(host),
    minTier: 'namespaces',
    probe: () => probeHost(harness.host),
    egress: openTestEgress(),
  })
  const spec = await harness.spec({ command: ['bash', '-c', 'touch /data/ran; sleep 60'] })
  const outcome = await backend.start(spec, harness.ledger).then(
    () => 'started',
    (error: unknown) => error,
  )
  expect(existsSync(join(spec.dataDir, 'ran'))).toBe(false)
  expect(harness.ledger.rows()).toEqual([])
  expect(readdirSync(harness.host.runRoot)).toEqual([])
  const groups = (await harness.host.groups?.list()) ?? []
  expect(groups.filter((name) => name.startsWith(harness.host.owner))).toEqual([])
  return outcome
}

const withProgram = (name: 'setpriv' | 'bwrap', path: string): Partial<SandboxHost> => ({
  launch: { ...harness.host.launch, programs: { ...harness.host.launch.programs, [name]: path } },
})

describe.skipIf(!isRoot)(
  `a start is refused${isRoot ? '' : ' [skipped: needs root, whose sandboxes have more to lose]'}`,
  () => {
    it('when the uid was not dropped: inside it looks right, for the kernel it is root', async () => {
      const setpriv = join(programs, 'setpriv-that-does-not.sh')
      expect(await startOn(withProgram('setpriv', setpriv))).toMatchObject({
        code: 'isolation_too_weak',
        message: expect.stringContaining('it runs as host uid 0/0/0/0, not 2100'),
      })
    })

    it('when the filter is missing', async () => {
      const bwrap = join(programs, 'bwrap-without-filter.sh')
      expect(await startOn(withProgram('bwrap', bwrap))).toMatchObject({
        code: 'isolation_too_weak',
        message: expect.stringMatching(/only tier "user".*seccomp: none \(no system-call filter is loaded\)/),
      })
    })

    it('when the filter is empty: bubblewrap itself gives up', async () => {
      expect(await startOn({ filterFile: '/dev/null' })).toMatchObject({
        code: 'sandbox_failed',
        message: expect.stringContaining('bwrap'),
      })
    })

    it.skipIf(!isRoot)('when it is not in its control group', async () => {
      const { groups } = harness.host
      if (groups === null) return
      const outside = {
        ...groups,
        create: async (...args: Parameters<typeof groups.create>) => ({
          ...(await groups.create(...args)),
          joinFiles: [],
        }),
      }
      expect(await startOn({ groups: outside })).toMatchObject({
        code: 'isolation_too_weak',
        message: expect.stringContaining('memory: soft'),
      })
    })

    it('when the launcher cannot set the stage', async () => {
      const launch = { ...harness.host.launch, stageTemplate: join(harness.dataDir, 'missing') }
      expect(await startOn({ launch })).toMatchObject({
        code: 'sandbox_failed',
        message: expect.stringContaining('mount:'),
      })
    })

    it('when there is no bubblewrap, and the probe says what to install', async () => {
      const gone = withProgram('bwrap', '/usr/bin/no-bwrap')
      const host = { ...harness.host, ...gone, programs: { ...harness.host.programs } }
      delete (host.programs as { bwrap?: string }).bwrap
      const probe = await probeHost(host)
      expect(probe.tier).toBe('none')
      expect(probe.checks.filter(({ status }) => status === 'fail').map(({ id }) => id)).toEqual([
        'programs',
        'bubblewrap',
        'sandbox',
      ])
      expect(probe.checks[0]).toMatchObject({
        found: 'not installed: bwrap',
        fix: 'Install them: apt-get install bubblewrap.',
      })
    })
  },
)
