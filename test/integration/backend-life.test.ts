/** Starting, talking, stopping, and what is left behind: nothing. */
import { existsSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProcess } from '../../src/system/process-table.ts'
import { openHarness, readToEnd, readUntil, type Harness, skipNote, whyNoSandbox } from './sandbox-harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
})
afterAll(async () => await harness.close())

/** What a sandbox leaves on the host, by its token. */
async function findLeftovers(): Promise<readonly string[]> {
  const groups = (await harness.host.groups?.list()) ?? []
  return [
    ...readdirSync(harness.host.runRoot),
    ...groups.filter((name) => name.startsWith(harness.host.owner)),
  ]
}

const ECHO = 'while read -r line; do echo "got $line"; done'

describe.skipIf(whyNoSandbox !== null)(`a server in a sandbox${skipNote}`, () => {
  it('answers on its FIFOs and is gone without a trace when it is stopped', async () => {
    const instance = await harness.start({ files: { 'echo.sh': ECHO }, command: ['bash', 'echo.sh'] })
    instance.stdin.write('one\n')
    expect(await readUntil(instance, /\n/)).toBe('got one\n')
    const row = harness.ledger.rows().at(-1)
    expect(row).toMatchObject({ instanceId: instance.instanceId, enforcement: instance.enforcement })
    expect(findProcess(row?.pid ?? 0)?.startTime).toBe(row?.startTime)

    const end = await instance.stop('asked', 'Stopped on request.', 5000)
    expect(end).toMatchObject({ cause: 'asked', detail: 'Stopped on request.', signal: 'SIGTERM' })
    expect(await findLeftovers()).toEqual([])
    expect(findProcess(instance.pid)).toBeNull()
    expect(existsSync(row?.runDir ?? '')).toBe(false)
  })

  it('ends by itself with its code, and what it wrote before still arrives', async () => {
    const script = 'echo last words; exit 7'
    const instance = await harness.start({ files: { 'run.sh': script }, command: ['bash', 'run.sh'] })
    const end = await instance.ended
    expect(end).toMatchObject({ cause: 'exited', code: 7, signal: null })
    expect(await readToEnd(instance)).toBe('last words\n')
    expect(await findLeftovers()).toEqual([])
  })

  it('is killed after the grace when it ignores SIGTERM, its orphans with it (SB-28, SB-29)', async () => {
    const script = `trap '' TERM; (setsid sh -c 'trap "" TERM; while :; do sleep 1; done' &); echo ready; while :; do sleep 1; done`
    const instance = await harness.start({ files: { 'run.sh': script }, command: ['bash', 'run.sh'] })
    await readUntil(instance, /ready/)
    const end = await instance.stop('asked', 'Stopped on request.', 200)
    expect(end).toMatchObject({ cause: 'asked', signal: 'SIGKILL' })
    expect(await findLeftovers()).toEqual([])
  })

  it('leaves no orphan when it ends by itself', async () => {
    const script = `(setsid sleep 1000 &); exit 0`
    const instance = await harness.start({ files: { 'run.sh': script }, command: ['bash', 'run.sh'] })
    expect(await instance.ended).toMatchObject({ cause: 'exited', code: 0 })
    expect(await findLeftovers()).toEqual([])
  })

  it('tells a missing command before the start, and a missing interpreter after it', async () => {
    await expect(harness.start({ command: ['/app/nothing'] })).rejects.toMatchObject({
      code: 'command_not_found',
      message: 'The start command "/app/nothing" does not exist.',
    })
    const instance = await harness.start({
      files: { 'run.me': '#!/usr/bin/no-such-interpreter\n' },
      command: ['/app/run.me'],
    })
    expect(await instance.ended).toMatchObject({ cause: 'init_failed', code: 127 })
    expect(harness.ledger.rows().some((row) => row.pid === null)).toBe(false)
    expect(await findLeftovers()).toEqual([])
  })

  it('leaves the row and nothing else when the daemon lets go, and the sandbox can be reaped by it', async () => {
    const instance = await harness.start({ files: { 'echo.sh': ECHO }, command: ['bash', 'echo.sh'] })
    const row = harness.ledger.rows().at(-1)
    if (row === undefined) throw new Error('no row')
    instance.release()
    expect(findProcess(instance.pid)).not.toBeNull()
    await harness.backend.reap(row)
    expect(findProcess(instance.pid)).toBeNull()
    expect(await findLeftovers()).toEqual([])
    await harness.backend.reap(row)
    expect(await harness.backend.adopt(row)).toBeNull()
  })
})
