import { openSync } from 'node:fs'
import { expect, it } from 'vitest'
import { buildStdio, runProcess, spawnProcess } from './spawn.ts'

const devNull = () => 99

it('covers inherited descriptors with /dev/null, and none that the child is given (SB-23)', () => {
  expect(buildStdio(['ignore', 'pipe', 'pipe'], [], devNull)).toEqual(['ignore', 'pipe', 'pipe'])
  expect(buildStdio(['ignore', 'pipe', 'pipe', 7], [3, 5], devNull)).toEqual([
    'ignore',
    'pipe',
    'pipe',
    7,
    'ignore',
    99,
  ])
  expect(buildStdio('ignore', [4], devNull)).toEqual(['ignore', 'ignore', 'ignore', 'ignore', 99])
})

it('gives a program what it is given and nothing else', async () => {
  const result = await runProcess(['/usr/bin/env'], { environment: { A: 'b c' }, timeoutMs: 5000 })
  expect(result).toEqual({ code: 0, stdout: 'A=b c\n', stderr: '', timedOut: false })
})

it('ends a program at its deadline, bounds its output, and tells of one that is missing', async () => {
  const slow = await runProcess(['/usr/bin/sleep', '60'], { environment: {}, timeoutMs: 50 })
  expect(slow).toMatchObject({ code: null, timedOut: true })
  const options = { environment: {}, timeoutMs: 5000, maxOutputBytes: 10 }
  const loud = await runProcess(['/usr/bin/head', '-c', '100000', '/dev/zero'], options)
  expect(loud.stdout.length).toBe(10)
  const missing = await runProcess(['/usr/bin/no-such-program'], options)
  expect(missing).toMatchObject({ code: null, stderr: expect.stringContaining('ENOENT') })
  expect(() => spawnProcess([], { environment: {}, stdio: 'ignore' })).toThrow('needs a program')
})

it('lets an extra descriptor through', async () => {
  const fd = openSync('/etc/hostname', 'r')
  const child = spawnProcess(['/bin/cat', '/proc/self/fd/3'], {
    environment: {},
    stdio: ['ignore', 'pipe', 'ignore', fd],
  })
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise((resolve) => child.once('close', resolve))
  expect(Buffer.concat(chunks).length).toBeGreaterThan(0)
})
