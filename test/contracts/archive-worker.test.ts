/** The process that reads archives: what it may touch, and that its end never reaches the daemon. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/domain/archive.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { runWorker, type WorkerJob } from '../../src/intake/run-worker.ts'
import { sealTree } from '../../src/intake/tree/seal-tree.ts'
import { systemClock } from '../../src/system/clock.ts'
import { removeTree } from '../../src/system/files.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'archive-worker-'))
  mkdirSync(join(root, 'target'), { mode: 0o700 })
  mkdirSync(join(root, 'elsewhere'), { mode: 0o700 })
})
afterEach(() => removeTree(tmpdir(), root))

const never = new AbortController().signal
const job = (changes: { archive?: string; target?: string; more?: Partial<WorkerJob> } = {}): WorkerJob => ({
  module: './unpack/unpack-worker',
  argument: {
    archive: join(root, changes.archive ?? 'a.zip'),
    target: join(root, changes.target ?? 'target'),
    limits: DEFAULT_ARCHIVE_LIMITS,
  },
  read: [join(root, 'a.zip'), join(root, 'fifo')],
  write: [join(root, 'target')],
  timeoutSeconds: 60,
  ...changes.more,
})

/** The process that works on this test's folder. */
async function findChild(): Promise<number> {
  for (;;) {
    const found = readdirSync('/proc').find((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(root)
      } catch {
        return false
      }
    })
    if (found !== undefined) return Number(found)
    await sleep(20)
  }
}

describe('the worker', () => {
  it('writes nowhere but to its target', async () => {
    writeFileSync(join(root, 'a.zip'), await buildZip([{ path: 'x', data: Buffer.from('x'), mode: 0o644 }]))
    expect(await runWorker(job({ target: 'elsewhere' }), systemClock, never)).toMatchObject({
      kind: 'answered',
      answer: { kind: 'failed', code: 'ERR_ACCESS_DENIED' },
    })
    expect(existsSync(join(root, 'elsewhere/x'))).toBe(false)
    expect(await runWorker(job(), systemClock, never)).toMatchObject({ answer: { kind: 'unpacked' } })
    expect(existsSync(join(root, 'target/x'))).toBe(true)
  })

  it('reads nothing but its archive', async () => {
    writeFileSync(join(root, 'b.zip'), 'PK')
    expect(await runWorker(job({ archive: 'b.zip' }), systemClock, never)).toMatchObject({
      answer: { kind: 'failed', code: 'ERR_ACCESS_DENIED' },
    })
  })

  it('ends at its deadline', async () => {
    execFileSync('/usr/bin/mkfifo', [join(root, 'fifo')])
    const blocked = job({ archive: 'fifo', more: { timeoutSeconds: 0.5 } })
    expect(await runWorker(blocked, systemClock, never)).toEqual({ kind: 'timeout' })
  })

  it('ends when it is cancelled, and does not start when it already was', async () => {
    execFileSync('/usr/bin/mkfifo', [join(root, 'fifo')])
    expect(await runWorker(job({ archive: 'fifo' }), systemClock, AbortSignal.timeout(500))).toEqual({
      kind: 'cancelled',
    })
    expect(await runWorker(job(), systemClock, AbortSignal.abort())).toEqual({ kind: 'cancelled' })
  })

  it('says so when it was ended for memory, and is the first to be', async () => {
    execFileSync('/usr/bin/mkfifo', [join(root, 'fifo')])
    const running = runWorker(job({ archive: 'fifo' }), systemClock, never)
    const pid = await findChild()
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('1000')
    // As the kernel does it.
    process.kill(pid, 'SIGKILL')
    expect(await running).toEqual({ kind: 'crashed', detail: 'there was not enough memory for it' })
  })

  it('is a result when it dies', async () => {
    const broken = job({ more: { module: './no-such-worker' } })
    expect(await runWorker(broken, systemClock, never)).toMatchObject({
      kind: 'crashed',
      detail: expect.stringContaining('no-such-worker') as unknown,
    })
  })
})

describe('sealing', () => {
  it.each([
    ['a link out of the tree', () => execFileSync('ln', ['-s', '/etc/passwd', join(root, 'target/x')])],
    ['a FIFO', () => execFileSync('/usr/bin/mkfifo', [join(root, 'target/x')])],
  ])('refuses %s', async (_what, make) => {
    make()
    await expect(sealTree(join(root, 'target'), systemClock, never)).rejects.toMatchObject({
      code: 'install_failed',
    })
  })

  it('names a tree by paths, x bits and contents, and by nothing else', async () => {
    const hashOf = async (name: string, files: Record<string, readonly [string, number]>) => {
      const tree = join(root, name)
      mkdirSync(tree)
      for (const [path, [text, mode]] of Object.entries(files))
        writeFileSync(join(tree, path), text, { mode })
      return (await sealTree(tree, systemClock, never)).treeHash
    }
    const base = await hashOf('t1', { a: ['1', 0o644], b: ['2', 0o755] })
    expect(await hashOf('t2', { b: ['2', 0o700], a: ['1', 0o600] })).toBe(base)
    expect(await hashOf('t3', { a: ['1', 0o755], b: ['2', 0o755] })).not.toBe(base)
    expect(await hashOf('t4', { a: ['2', 0o644], b: ['1', 0o755] })).not.toBe(base)
    expect(await hashOf('t5', { c: ['1', 0o644], b: ['2', 0o755] })).not.toBe(base)
  })
})
