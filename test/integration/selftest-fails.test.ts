/** A self-test that cannot fail proves nothing: with one protection taken away it has to say which. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import type { SelftestReport } from '../../src/domain/selftest.ts'
import { openSandboxHost, type SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { runSelftest } from '../../src/runtime/sandbox/selftest/run-selftest.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { skipNote, whyNoSandbox } from './sandbox-harness.ts'
import { TEST_UIDS } from './test-uids.ts'

const silent = createLogger(new Writable({ write: (_chunk, _encoding, done) => done() }))
/** One instruction: return, allow. */
const ALLOW_ALL = Buffer.from('060000000000ff7f', 'hex')

async function testBroken(
  change: (host: SandboxHost, dir: string) => SandboxHost | Promise<SandboxHost>,
): Promise<SelftestReport> {
  // Not below /tmp, which is the sandbox's own inside.
  const dir = await mkdtemp('/var/tmp/selftest-')
  try {
    const found = await openSandboxHost({
      dataDir: dir,
      supply: TEST_UIDS,
      clock: systemClock,
      logger: silent,
    })
    return await runSelftest(await change(found, dir), dir, 'namespaces', new AbortController().signal)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

describe.skipIf(whyNoSandbox !== null)(`the self-test${skipNote}`, () => {
  it('SB-07, SB-08, SB-09, SB-10, SB-11: notices a filter that lets everything through', async () => {
    const { summary } = await testBroken(async (host, dir) => {
      const filterFile = join(dir, 'allow-all')
      await writeFile(filterFile, ALLOW_ALL)
      return { ...host, filterFile }
    })
    expect(summary.broken).toEqual(expect.arrayContaining(['SB-07', 'SB-08', 'SB-09']))
    expect(summary.broken.filter((id) => !/^SB-(?:07|08|09|10|11)$/.test(id))).toEqual([])
  })

  it('SB-33, SB-34: notices a memory limit that is claimed and not in force', async ({ skip }) => {
    let hasGroups = true
    const { summary } = await testBroken((host) => {
      const { groups } = host
      hasGroups = groups !== null
      if (groups === null) return host
      return {
        ...host,
        groups: {
          ...groups,
          async create(name, limits) {
            const group = await groups.create(name, { ...limits, memoryBytes: 2 ** 31 })
            return {
              ...group,
              readLimits: async () => ({ ...(await group.readLimits()), memoryBytes: limits.memoryBytes }),
            }
          },
        },
      }
    })
    skip(!hasGroups, 'no control group can be written here')
    expect(summary.broken).toEqual(['SB-33', 'SB-34'])
  })

  it.skipIf(process.getuid?.() !== 0)(
    `S-40, SB-03, SB-08: gets nothing through in way 2${process.getuid?.() === 0 ? '' : ' [skipped: root’s alone]'}`,
    async () => {
      const { way, summary } = await testBroken((host) => ({
        ...host,
        way: 2,
        launch: { ...host.launch, way: 2 },
      }))
      expect({ way, broken: summary.broken }).toEqual({ way: '2', broken: [] })
    },
  )

  it('SB-13: notices a directory of the host inside', async () => {
    vi.stubEnv('TMPDIR', '/var/tmp')
    try {
      const { summary } = await testBroken((host) => ({
        ...host,
        launch: {
          ...host.launch,
          systemFolders: [...host.launch.systemFolders, { path: '/var/tmp', link: null }],
        },
      }))
      expect(summary.broken).toEqual(['SB-13', 'SB-20'])
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
