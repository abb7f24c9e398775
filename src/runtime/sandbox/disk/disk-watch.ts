/** Where nothing in the kernel bounds /data: its files are added up now and then. Soft: a fast writer gets ahead. */
import type { Dirent } from 'node:fs'
import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from '../../../system/spawn.ts'
import type { SandboxHost } from '../open-host.ts'
import type { UidHolder } from '../uid-holder.ts'
import { BYTES_PER_FILE } from './volume.ts'

/** Below it the host itself is in danger: whoever still writes is ended. */
const FLOOR_BYTES = 256 * 2 ** 20
const ROUND_MS = 2000
/** Adding up may take at most this part of the time. */
const SHARE = 10

type Counted = { readonly bytes: number; readonly files: number }

/** Space on disk and number of files; links are counted, never followed. Stops counting beyond `most`. */
async function countFiles(paths: readonly string[], most: Counted): Promise<Counted> {
  let bytes = 0
  let files = 0
  const pending = [...paths]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entries: Dirent[] = await readdir(path, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      files++
      const inner = join(path, entry.name)
      if (entry.isDirectory()) pending.push(inner)
      else bytes += ((await lstat(inner).catch(() => null))?.blocks ?? 0) * 512
    }
    if (bytes > most.bytes || files > most.files) break
  }
  return { bytes, files }
}

/** Way 4: the files are closed to the platform's user, so that programs add them up which may see them. */
async function countThrough(holder: UidHolder, paths: readonly string[]): Promise<Counted> {
  const enter = await holder.enter()
  const sum = async (unit: string) => {
    const argv = [...enter, '/usr/bin/du', '--summarize', '--total', unit, '--', ...paths]
    const { stdout } = await runProcess(argv, { environment: {}, timeoutMs: 60_000 })
    return Number(/^(\d+)\s+total$/m.exec(stdout)?.[1] ?? 0)
  }
  const [bytes, files] = await Promise.all([sum('--block-size=1'), sum('--inodes')])
  return { bytes, files }
}

/** `onOver` is called once, with the sentence that says what was over. */
export function startDiskWatch(
  host: Pick<SandboxHost, 'clock' | 'holder'>,
  paths: readonly string[],
  diskMb: number,
  onOver: (detail: string) => void,
): { stop(): void } {
  const { clock, holder } = host
  const most = { bytes: diskMb * 2 ** 20, files: Math.floor((diskMb * 2 ** 20) / BYTES_PER_FILE) }
  let stopped = false
  let last: number | null = null
  let timer: NodeJS.Timeout | undefined
  const round = async () => {
    const began = clock.monotonic()
    const { bytes, files } = await (holder === null ? countFiles(paths, most) : countThrough(holder, paths))
    const grew = last !== null && bytes > last
    last = bytes
    const over = describeOver({ bytes, files }, most, diskMb) ?? (grew ? await describeFloor(paths[0]) : null)
    if (stopped) return
    if (over === null) return schedule(Math.max(ROUND_MS, (clock.monotonic() - began) * SHARE))
    stopped = true
    onOver(over)
  }
  const schedule = (milliseconds: number) => {
    timer = setTimeout(() => void round(), milliseconds)
    timer.unref()
  }
  schedule(ROUND_MS)
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

function describeOver(found: Counted, most: Counted, diskMb: number): string | null {
  if (found.bytes > most.bytes) return `It kept more than its ${diskMb} MiB of files.`
  if (found.files > most.files) return `It kept more than the ${most.files} files that ${diskMb} MiB allow.`
  return null
}

async function describeFloor(path: string | undefined): Promise<string | null> {
  const found = path === undefined ? null : await statfs(path).catch(() => null)
  if (found === null || found.bavail * found.bsize >= FLOOR_BYTES) return null
  return `It was still writing when less than ${FLOOR_BYTES / 2 ** 20} MiB were left on the host’s disk.`
}
