/** Limits by effect. Each runs against what this host really enforces. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHarness, readToEnd, readUntil, type Harness, skipNote, whyNoSandbox } from './sandbox-harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
})
afterAll(async () => await harness.close())

const python = (source: string, limits: Parameters<Harness['spec']>[0]['limits'] = {}) =>
  harness.start({ files: { 'main.py': source }, command: ['python3', 'main.py'], runtime: 'python', limits })

describe.skipIf(whyNoSandbox !== null)(`memory${skipNote}`, () => {
  it('SB-33: one process over its memory ends as out_of_memory', async () => {
    const instance = await python('x = bytearray(600 * 2**20); print(len(x))', { memoryMb: 128 })
    const end = await instance.ended
    expect(end).toMatchObject({ cause: 'out_of_memory', hint: expect.stringContaining('memory_mb') })
    expect(end.detail).toMatch(/^It needed more than its 128 MiB of memory/)
  })

  it('SB-33: never had more than its limit', async ({ skip }) => {
    const instance = await python('x = bytearray(600 * 2**20); print(len(x))', { memoryMb: 128 })
    const { detail } = await instance.ended
    skip(instance.enforcement.memory.level !== 'hard', 'no control group here: memory is only watched')
    expect(Number(/peak (\d+) MiB/.exec(detail)?.[1])).toBeLessThanOrEqual(128)
  })

  it('a running one gets more in place, and less only above what it uses', async ({ skip }) => {
    const source = `
import sys
for line in sys.stdin:
    kept = bytearray(int(line) * 2**20); print('held', flush=True)`
    const instance = await python(source, { memoryMb: 64 })
    skip(
      instance.enforcement.memory.level !== 'hard',
      'no control group here: a change waits for the next start',
    )
    expect(await instance.resize({ memoryMb: 200 })).toBe(true)
    instance.stdin.write('120\n')
    await readUntil(instance, /held/)
    expect(await instance.resize({ memoryMb: 80 })).toBe(false)
    expect(instance.limits.memoryMb).toBe(200)
    expect(await instance.resize({ memoryMb: 160, cpuPercent: 50 })).toBe(true)
    expect(instance.limits).toMatchObject({ memoryMb: 160, cpuPercent: 50 })
    instance.stdin.write('300\n')
    expect((await instance.ended).detail).toMatch(/^It needed more than its 160 MiB of memory/)
  })

  it('SB-34: eight children over it together end the whole server', async () => {
    const source = `
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(75 * 2**20); time.sleep(60); os._exit(0)
time.sleep(60)`
    const instance = await python(source, { memoryMb: 128 })
    expect((await instance.ended).cause).toBe('out_of_memory')
  })
})

describe.skipIf(whyNoSandbox !== null)(`tasks${skipNote}`, () => {
  it('SB-35, SB-36: forks and threads stop at the limit with EAGAIN, and the server goes on', async () => {
    const source = `
import os, threading, time, errno
made = 0
try:
    for _ in range(400):
        if os.fork() == 0: time.sleep(60); os._exit(0)
        made += 1
except OSError as e: print('forks', made, errno.errorcode[e.errno], flush=True)
time.sleep(60)`
    const instance = await python(source, { maxProcesses: 32 })
    const [, made, error] = (await readUntil(instance, /\n/)).trim().split(' ')
    expect(error).toBe('EAGAIN')
    expect(Number(made)).toBeGreaterThan(20)
    expect(Number(made)).toBeLessThanOrEqual(35)
    expect((await instance.usage()).processes).toBeLessThanOrEqual(36)
    await instance.stop('asked', '', 0)
  })
})

describe.skipIf(whyNoSandbox !== null)(`CPU${skipNote}`, () => {
  it('SB-37: three spinners get a fifth of a core, and the throttling is counted', async ({ skip }) => {
    const instance = await harness.start({
      files: { 'run.sh': 'for i in 1 2 3; do (while :; do :; done) & done; echo ready; sleep 60' },
      command: ['bash', 'run.sh'],
      limits: { cpuPercent: 20 },
    })
    skip(instance.enforcement.cpu.level !== 'hard', 'no control group here: the CPU is only watched')
    await readUntil(instance, /ready/)
    const before = await instance.usage()
    expect(before.cpuPercent).toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const after = await instance.usage()
    const share = (after.cpuSeconds - before.cpuSeconds) / ((after.at - before.at) / 1000)
    expect(share).toBeGreaterThan(0)
    expect(share).toBeLessThanOrEqual(0.25)
    expect(after.cpuPercent).toBeCloseTo(share * 100, 0)
    expect(after.cpuThrottledSeconds).toBeGreaterThan(before.cpuThrottledSeconds)
    await instance.stop('asked', '', 0)
  })
})

describe.skipIf(whyNoSandbox !== null)(`files${skipNote}`, () => {
  it('SB-38, SB-39: descriptors and tmpfs are bounded', async () => {
    const source = `
import os, errno
held = []
try:
    while True: held.append(os.open('/dev/null', os.O_RDONLY))
except OSError as e: print(len(held) < 4200, errno.errorcode[e.errno])
for fd in held: os.close(fd)
for folder in ('/tmp', '/dev/shm'):
    size = 0
    try:
        with open(folder + '/f', 'wb', buffering=0) as f:
            while True: size += f.write(b'x' * 2**20)
    except OSError as e: print(size <= 64 * 2**20, errno.errorcode[e.errno])
`
    const instance = await python(source, { memoryMb: 512 })
    expect((await readToEnd(instance)).trim().split('\n')).toEqual([
      'True EMFILE',
      'True ENOSPC',
      'True ENOSPC',
    ])
  })

  it('SB-26: a crash leaves no core, and reads as its signal', async () => {
    const instance = await harness.start({
      files: { 'run.sh': 'cd /data; kill -SEGV $$' },
      command: ['bash', 'run.sh'],
    })
    expect(await instance.ended).toMatchObject({ cause: 'signalled', signal: 'SIGSEGV', code: null })
  })
})
