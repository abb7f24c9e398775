/** Servers that really fail, in a real sandbox: each end gets its class from what the kernel and the program left. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Exit } from '../../src/domain/server-state.ts'
import { FAILING_PROGRAMS, type FailingProgram } from './failing-programs.ts'
import { findSandboxGap, openRealWorld, type RealWorld } from './supervisor-world.ts'

const gap = await findSandboxGap()
/** At once; each is a sandbox with an interpreter that starts. */
const AT_ONCE = 4
/** The header of a program that nothing follows. */
const buildElf = (width: 1 | 2, machine: number) =>
  Buffer.from([
    0x7f,
    0x45,
    0x4c,
    0x46,
    width,
    1,
    1,
    ...Buffer.alloc(9),
    3,
    0,
    machine,
    0,
    1,
    ...Buffer.alloc(4096),
  ])
const [OWN_MACHINE, OTHER_MACHINE] = process.arch === 'arm64' ? [0xb7, 0x3e] : [0x3e, 0xb7]

describe(`servers that fail${gap ?? ''}`, () => {
  const exits = new Map<string, Exit | null>()
  let world: RealWorld
  let dataDir = ''

  beforeAll(async () => {
    if (gap !== null) return
    dataDir = await mkdtemp(join(tmpdir(), 'exits-'))
    await chmod(dataDir, 0o755)
    world = await openRealWorld(dataDir, 1)
    const put = (name: string, bytes: Buffer) => writeFile(join(dataDir, 'app', name), bytes, { mode: 0o755 })
    await put('other-machine', buildElf(2, OTHER_MACHINE))
    await put('narrow.so', buildElf(1, OWN_MACHINE))
    const waiting = [...FAILING_PROGRAMS.entries()]
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          exits.set(next[1].about, await fail(...next))
        }
      }),
    )
  }, 240_000)
  afterAll(async () => {
    if (gap !== null) return
    await world.close('stop')
    await rm(dataDir, { recursive: true })
  })

  const fail = async (number: number, { command, config }: FailingProgram): Promise<Exit | null> => {
    const id = world.add(number + 1, '', { autoRestart: false, ...config }, command)
    world.supervisor.track(id, `server-${number + 1}`)
    await world.supervisor.start(id, 'token:test')
    const state = await world.reach(id, 'failed').catch(() => world.supervisor.state(id))
    return state?.lastExit ?? null
  }

  it.skipIf(gap !== null).each(FAILING_PROGRAMS.map((program) => [program.about, program] as const))(
    '%s',
    (about, program) => {
      const exit = exits.get(about)
      expect(exit, `no end was seen`).toBeTruthy()
      expect(exit?.class, JSON.stringify(exit)).toBe(program.class)
      expect(exit?.detail).toMatch(/^[A-Z].*\.$/s)
      expect(exit?.hint).toMatch(/\S/)
    },
  )

  it('R-70: are at least forty, of every class but those that need minutes or a broken host', () => {
    expect(FAILING_PROGRAMS.length).toBeGreaterThanOrEqual(40)
    expect(new Set(FAILING_PROGRAMS.map((program) => program.class)).size).toBeGreaterThanOrEqual(21)
  })
})
