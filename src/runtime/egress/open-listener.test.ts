import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import { findProcess } from '../../system/process-table.ts'
import type { SandboxHost } from '../sandbox/open-host.ts'
import { openListenerInside } from './open-listener.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-listener-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const clock = createFakeClock()

/** With a script in the place of nsenter. */
function open(script: string) {
  const nsenter = join(folder, 'nsenter')
  writeFileSync(nsenter, `#!/bin/sh\n${script}\n`)
  chmodSync(nsenter, 0o755)
  return openListenerInside({ programs: { nsenter }, way: 1, clock } as unknown as SandboxHost, 1)
}

it('says what its helper complained about', async () => {
  await expect(open('echo no such namespace >&2; exit 3')).rejects.toThrow(
    'the proxy listener failed: no such namespace (3)',
  )
})

it('gives up after its deadline and ends the helper', async () => {
  const pidFile = join(folder, 'pid')
  const opening = open(`echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 1000`)
  const failure = opening.catch((error: unknown) => error)
  await expect.poll(() => existsSync(pidFile), { timeout: 10_000 }).toBe(true)
  clock.advance(10_000)
  expect(await failure).toMatchObject({ message: 'the proxy listener failed: it did not open in time' })
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await expect.poll(() => findProcess(pid), { timeout: 10_000 }).toBeNull()
})

it('takes what its helper sent although its end is seen first', async () => {
  const pidFile = join(folder, 'pid')
  const worker = `const server = require('node:net').createServer().listen(0, '127.0.0.1', () =>
    process.send({ listening: true }, server, {}, () => { server.close(); process.disconnect() }))`
  const opening = open(`echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}
exec '${process.execPath}' -e "${worker}"`)
  // All ends of children are looked for when one is told of, after everything else that was ready by then.
  const other = spawn('/bin/sh', ['-c', 'echo over'])
  other.stdout.once('data', () => {
    waitUntil(() => existsSync(pidFile))
    waitUntil(() => hasEnded(Number(readFileSync(pidFile, 'utf8'))))
  })
  waitUntil(() => hasEnded(other.pid ?? 0))
  const listener = await opening
  listener.close()
})

/** Without letting anything else happen in this process. */
function waitUntil(fits: () => boolean): void {
  while (!fits()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}

/** Not waited for yet. */
function hasEnded(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
}
