/** What every Backend must do, whatever an instance is made of. Run for the fake and for each real one. */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Backend, Instance, LaunchSpec, Ledger } from '../../src/runtime/ports.ts'

export type BackendHarness = {
  readonly backend: Backend
  readonly ledger: Ledger
  /** A spec that runs a program of test/fixtures/servers, for example `echo.sh`, bound at /app. */
  launch(fixture: string): LaunchSpec
  /** SIGKILL from outside, as an operator or the kernel would. */
  kill(instance: Instance): Promise<void>
  /** Lets `milliseconds` pass: really, or by the fake's clock. */
  pass(milliseconds: number): Promise<void>
  /** Names of processes, cgroups and run directories of this harness that exist now. */
  leftovers(): Promise<readonly string[]>
  close(): Promise<void>
}

/** @param gap why it cannot run here, as ` [skipped: …]`; null where it can. */
export function describeBackend(
  name: string,
  open: () => Promise<BackendHarness>,
  gap: string | null = null,
): void {
  describe.skipIf(gap !== null)(`backend ${name}${gap ?? ''}`, () => {
    let harness: BackendHarness
    beforeEach(async () => {
      harness = await open()
    })
    afterEach(async () => {
      await harness.close()
    })

    const start = (fixture: string) => harness.backend.start(harness.launch(fixture), harness.ledger)

    it('completes the ledger row before it hands out the instance', async () => {
      const instance = await start('echo.sh')
      const rows = await harness.ledger.list()
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({
        instanceId: instance.instanceId,
        backend: harness.backend.name,
        initializeResult: null,
      })
      expect(rows[0]?.pid).toBeGreaterThan(0)
      expect(rows[0]?.startTime).toBeGreaterThan(0)
      expect(rows[0]?.token).not.toBe('')
      expect(rows[0]?.enforcement).toEqual(instance.enforcement)
    })

    it('carries lines both ways', async () => {
      const instance = await start('echo.sh')
      expect(await call(instance, 1, 'hello')).toBe('hello')
      expect(await call(instance, 2, 'again')).toBe('again')
    })

    it('tells the exit code and delivers what was written before', async () => {
      const instance = await start('exits-at-once.sh')
      const stderr = readAll(instance.stderr)
      const stdout = readAll(instance.stdout)
      expect(await instance.ended).toMatchObject({ cause: 'exited', code: 3, signal: null })
      expect(await stderr).toBe('no configuration file found\n')
      expect(await stdout).toBe('')
      expect(await harness.leftovers()).toEqual([])
    })

    it('tells a kill from outside', async () => {
      const instance = await start('echo.sh')
      drain(instance)
      await call(instance, 1, 'up')
      await harness.kill(instance)
      expect(await instance.ended).toMatchObject({ cause: 'signalled', signal: 'SIGKILL' })
      expect(await harness.leftovers()).toEqual([])
    })

    it('stops with the cause it was given', async () => {
      const instance = await start('echo.sh')
      drain(instance)
      await call(instance, 1, 'up')
      const end = await instance.stop('asked', 'Stopped on request', 5000)
      expect(end).toMatchObject({ cause: 'asked', detail: 'Stopped on request' })
      expect(await instance.ended).toEqual(end)
      expect(await harness.leftovers()).toEqual([])
    })

    it('keeps the first cause', async () => {
      const instance = await start('never-answers.sh')
      drain(instance)
      const first = instance.stop('start_timeout', 'Too slow', 5000)
      const second = instance.stop('asked', 'Stopped on request', 5000)
      expect(await first).toMatchObject({ cause: 'start_timeout', detail: 'Too slow' })
      expect(await second).toMatchObject({ cause: 'start_timeout' })
    })

    it('keeps its own end against a later stop', async () => {
      const instance = await start('exits-at-once.sh')
      drain(instance)
      await instance.ended
      expect(await instance.stop('asked', 'Stopped on request', 5000)).toMatchObject({
        cause: 'exited',
        code: 3,
      })
    })

    it('kills what ignores SIGTERM when the grace is over', async () => {
      const instance = await start('ignores-sigterm.sh')
      drain(instance)
      await call(instance, 1, 'up')
      const stopping = instance.stop('asked', 'Stopped on request', 300)
      await harness.pass(400)
      expect(await stopping).toMatchObject({ cause: 'asked' })
      expect(await harness.leftovers()).toEqual([])
    })

    it('ends the whole tree', async () => {
      const instance = await start('forks-a-grandchild.sh')
      drain(instance)
      await call(instance, 1, 'up')
      const stopping = instance.stop('asked', 'Stopped on request', 300)
      await harness.pass(400)
      await stopping
      expect(await harness.leftovers()).toEqual([])
    })

    it('tells running out of memory', async () => {
      const instance = await start('eats-memory.py')
      drain(instance)
      expect(await instance.ended).toMatchObject({ cause: 'out_of_memory' })
      expect(await harness.leftovers()).toEqual([])
    })

    it('refuses a command that does not exist, or says so as the cause, and leaves nothing', async () => {
      const spec = { ...harness.launch('echo.sh'), command: ['/app/does-not-exist'] }
      const outcome = await harness.backend.start(spec, harness.ledger).then(
        async (instance) => {
          drain(instance)
          const end = await instance.ended
          await harness.ledger.remove(instance.instanceId)
          return { code: end.cause === 'init_failed' ? 'command_not_found' : end.cause, detail: end.detail }
        },
        (error: { code: string; message: string }) => ({ code: error.code, detail: error.message }),
      )
      expect(outcome.code).toBe('command_not_found')
      expect(outcome.detail).toContain('does-not-exist')
      expect(await harness.ledger.list()).toEqual([])
      expect(await harness.leftovers()).toEqual([])
    })

    it('is adopted with the same pid after its holder let go', async () => {
      const first = await start('echo.sh')
      await call(first, 1, 'before')
      const [row] = await harness.ledger.list()
      first.release()
      const second = row === undefined ? null : await harness.backend.adopt(row)
      expect(second?.pid).toBe(first.pid)
      if (second === null) return
      expect(await call(second, 2, 'after')).toBe('after')
      drain(second)
      expect(await second.stop('asked', 'Stopped on request', 5000)).toMatchObject({ cause: 'asked' })
      expect(await harness.leftovers()).toEqual([])
    })

    it('adopts nothing that is not proved by pid, start time and token', async () => {
      const instance = await start('echo.sh')
      drain(instance)
      const [row] = await harness.ledger.list()
      if (row === undefined) throw new Error('no row')
      expect(await harness.backend.adopt({ ...row, startTime: (row.startTime ?? 0) + 1 })).toBeNull()
      expect(await harness.backend.adopt({ ...row, token: 'another' })).toBeNull()
      await instance.stop('asked', 'Stopped on request', 5000)
      expect(await harness.backend.adopt(row)).toBeNull()
    })

    it('tells how one ended that nobody watched', async () => {
      const instance = await start('echo.sh')
      await call(instance, 1, 'up')
      const [row] = await harness.ledger.list()
      if (row === undefined) throw new Error('no row')
      expect(await harness.backend.readEnd(row)).toBeNull()
      instance.release()
      await harness.kill(instance)
      await expect
        .poll(() => harness.backend.readEnd(row), { timeout: 5000 })
        .toMatchObject({ cause: 'signalled', signal: 'SIGKILL' })
      await harness.backend.reap(row)
      expect(await harness.leftovers()).toEqual([])
    })

    it('reaps what a row names, twice if it must', async () => {
      const instance = await start('ignores-sigterm.sh')
      drain(instance)
      await call(instance, 1, 'up')
      const [row] = await harness.ledger.list()
      if (row === undefined) throw new Error('no row')
      await harness.backend.reap(row)
      await harness.backend.reap(row)
      expect(await harness.leftovers()).toEqual([])
    })

    it('sweeps what no row names and leaves the rest', async () => {
      const kept = await start('echo.sh')
      const stray = await start('echo.sh')
      const row = (await harness.ledger.list()).find(({ instanceId }) => instanceId === stray.instanceId)
      if (row === undefined) throw new Error('no row')
      // An instance that somebody holds is no stray, whatever the ledger says.
      stray.release()
      await harness.ledger.remove(stray.instanceId)
      expect(await harness.backend.sweep(await harness.ledger.list())).toEqual([row.token])
      expect(await harness.backend.adopt(row)).toBeNull()
      expect(await call(kept, 1, 'still here')).toBe('still here')
    })

    it('measures what it uses', async () => {
      const instance = await start('echo.sh')
      await call(instance, 1, 'up')
      const usage = await instance.usage()
      expect(usage.memoryBytes).toBeGreaterThan(0)
      expect(usage.processes).toBeGreaterThan(0)
      expect(usage.cpuSeconds).toBeGreaterThanOrEqual(0)
    })
  })
}

/** One tools/call; its text. Reads one line, so that nothing else may be under way. */
async function call(instance: Instance, id: number, message: string): Promise<string> {
  const params = { name: 'echo', arguments: { message } }
  const line = readLine(instance.stdout)
  instance.stdin.write(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }) + '\n')
  const answer = JSON.parse(await line) as { result: { content: { text: string }[] } }
  return answer.result.content[0]?.text ?? ''
}

function readLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const onData = (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (!text.includes('\n')) return
      stream.off('data', onData)
      resolve(text.slice(0, text.indexOf('\n')))
    }
    stream.on('data', onData)
  })
}

async function readAll(stream: Readable): Promise<string> {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
  })
  await once(stream, 'end')
  return text
}

/** A reader that keeps nothing: an unread FIFO would hold its end back. */
function drain(instance: Instance): void {
  instance.stdout.resume()
  instance.stderr.resume()
}
