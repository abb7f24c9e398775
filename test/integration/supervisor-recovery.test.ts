/** The daemon dies and another takes over: same processes, nothing twice, nothing left. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerId } from '../../src/domain/id.ts'
import { findSandboxGap, openRealWorld } from './supervisor-world.ts'

const gap = await findSandboxGap()

let dataDir: string
let generation: number
let daemons: Daemon[]

type Daemon = {
  readonly report: unknown
  readonly process: ChildProcess
  ask(request: { readonly do: string; readonly id?: ServerId; readonly text?: string }): Promise<never>
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'recovery-'))
  generation = 0
  daemons = []
})
afterEach(async () => {
  for (const daemon of daemons) daemon.process.kill('SIGKILL')
  await rm(dataDir, { recursive: true })
})

async function startDaemon(): Promise<Daemon> {
  const script = join(import.meta.dirname, 'supervisor-daemon.ts')
  const child = spawn(process.execPath, [script, dataDir, String(++generation)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async () => JSON.parse((await lines.next()).value as string) as never
  const daemon: Daemon = {
    report: await read(),
    process: child,
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return read()
    },
  }
  daemons.push(daemon)
  return daemon
}

async function end(daemon: Daemon, how: 'SIGKILL' | 'stop' | 'handover'): Promise<void> {
  const exited = once(daemon.process, 'exit')
  if (how === 'SIGKILL') daemon.process.kill('SIGKILL')
  else daemon.process.stdin?.write(`${JSON.stringify({ do: 'close', text: how })}\n`)
  await exited
}

/** Prepares records, and looks at what is there, without supervising anything. */
async function look<T>(use: (world: Awaited<ReturnType<typeof openRealWorld>>) => Promise<T>): Promise<T> {
  const world = await openRealWorld(dataDir, 0)
  const result = await use(world)
  await world.close('handover')
  return result
}

const answer = (text: string) => ({ result: { content: [{ type: 'text', text }] } })

describe.skipIf(gap !== null)(`a daemon that comes after another${gap ?? ''}`, () => {
  it.each(['SIGKILL', 'handover'] as const)('takes over the same process after %s', async (how) => {
    const id = await look(async (world) => world.add(1, 'echo.sh'))
    const first = await startDaemon()
    expect(first.report).toEqual({ adopted: 0, reaped: 0, swept: [] })
    await first.ask({ do: 'reach', id })
    const before = (await first.ask({ do: 'facts', id })) as { pid: number }
    expect(await first.ask({ do: 'call', id, text: 'before' })).toMatchObject(answer('before'))
    await end(first, how)

    const second = await startDaemon()
    expect(second.report).toEqual({ adopted: 1, reaped: 0, swept: [] })
    expect(await second.ask({ do: 'facts', id })).toMatchObject({ pid: before.pid, adopted: true })
    expect(await second.ask({ do: 'call', id, text: 'after' })).toMatchObject(answer('after'))
    await end(second, 'stop')
    expect(await look((world) => world.leftovers())).toEqual([])
  })

  it('leaves no orphan when the one before dies in the middle of starting', async () => {
    const ids = await look(async (world) =>
      [1, 2, 3, 4, 5, 6].map((number) => world.add(number, 'slow-start.sh')),
    )
    for (const wait of [5, 30, 60, 120]) {
      const daemon = await startDaemon()
      await new Promise((resolve) => setTimeout(resolve, wait))
      await end(daemon, 'SIGKILL')
    }
    const last = await startDaemon()
    for (const id of ids) expect(await last.ask({ do: 'reach', id })).toMatchObject({ kind: 'running' })
    const found = await look((world) => world.leftovers())
    // bubblewrap itself carries the same words, outside and as the sandbox's init.
    expect(found.filter((name) => name.startsWith('process /bin/bash'))).toHaveLength(6)
    expect(found.filter((name) => name.startsWith('row'))).toHaveLength(6)
    await end(last, 'stop')
    expect(await look((world) => world.leftovers())).toEqual([])
  })

  it('K-10: starts again what ended while nobody watched, and after an orderly stop', async () => {
    const id = await look(async (world) => world.add(1, 'echo.sh'))
    const first = await startDaemon()
    await first.ask({ do: 'reach', id })
    const { pid } = (await first.ask({ do: 'facts', id })) as { pid: number }
    await end(first, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    const second = await startDaemon()
    expect(second.report).toMatchObject({ adopted: 0, reaped: 1 })
    expect(await second.ask({ do: 'call', id, text: 'again' })).toMatchObject(answer('again'))
    await end(second, 'stop')
    const third = await startDaemon()
    expect(third.report).toEqual({ adopted: 0, reaped: 0, swept: [] })
    expect(await third.ask({ do: 'call', id, text: 'third' })).toMatchObject(answer('third'))
    await end(third, 'stop')
    expect(await look((world) => world.leftovers())).toEqual([])
  })

  // One after the other they would take fifty seconds, and the test its time.
  it('stops ten servers that ignore SIGTERM in parallel', { timeout: 30_000 }, async () => {
    const ids = await look(async (world) =>
      Array.from({ length: 10 }, (_, n) => world.add(n + 1, 'ignores-sigterm.sh')),
    )
    const daemon = await startDaemon()
    for (const id of ids) await daemon.ask({ do: 'reach', id })
    await end(daemon, 'stop')
    expect(await look((world) => world.leftovers())).toEqual([])
  })
})
