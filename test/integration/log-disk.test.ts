import { spawnSync } from 'node:child_process'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

// A mount that only the process itself sees, gone when it ends.
const unshare = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount']
const canMount = spawnSync('unshare', [...unshare, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
const gap = canMount ? '' : ' [skipped: no mount namespace to be had]'

describe('logs on a full disk', () => {
  it.skipIf(!canMount)(`drop and count, then go on without a gap in the numbers${gap}`, async () => {
    const disk = await mkdtemp(join(tmpdir(), 'disk-'))
    const script = join(import.meta.dirname, 'log-disk-process.ts')
    const mount = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$1"'
    const run = spawnSync('unshare', [...unshare, 'sh', '-c', mount, 'sh', disk, process.execPath, script], {
      encoding: 'utf8',
    })
    await rmdir(disk)
    expect(run.stderr).toBe('')
    const lines = JSON.parse(run.stdout) as [number, string, string][]
    const stored = lines.filter(([, stream, text]) => stream === 'stderr' && /^\d/.test(text)).length
    const dropped = lines.map(([, , text]) => Number(/^(\d+) lines? w/.exec(text)?.[1] ?? 0))
    expect(dropped.reduce((sum, count) => sum + count, 0) + stored).toBe(160)
    expect(stored).toBeGreaterThan(10)
    expect(stored).toBeLessThan(100)
    expect(lines.map(([seq]) => seq)).toEqual(lines.map((_, index) => index + 1))
    expect(lines.at(-1)).toEqual([lines.length, 'stderr', 'the end'])
  })
})
