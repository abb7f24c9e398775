/** How long a scan takes: an archive of real sources, unpacked to a given size, through the process that scans. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTreeScanner } from '../../src/intake/scan/scan-tree.ts'
import { systemClock } from '../../src/system/clock.ts'
import { removeTree } from '../../src/system/files.ts'
import { createScanSettings } from '../fakes/scan-cache.ts'
import { median } from './median.ts'

const ROUNDS = 5
const MIB = 1024 * 1024
const SOURCES = ['src', 'node_modules/hono/dist', 'node_modules/zod/v4', 'node_modules/@modelcontextprotocol']

/** The same files again under other names, until there is enough; each differs, so that none is a copy. */
function fill(root: string, bytes: number): number {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(?<!\.d)\.[cm]?[jt]s$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  let size = 0
  let count = 0
  cpSync('examples', join(root, 'examples'), { recursive: true })
  for (let round = 0; size < bytes; round++) {
    mkdirSync(join(root, String(round)))
    for (const [index, path] of files.entries()) {
      if (size >= bytes) break
      const text = `${readFileSync(path, 'utf8')}\nconst round = ${round}\n`
      writeFileSync(join(root, String(round), `${index}.${path.split('.').at(-1) ?? 'js'}`), text)
      size += text.length
      count++
    }
  }
  return count
}

export async function benchScan(args: readonly string[]): Promise<void> {
  const megabytes = Number(args[0] ?? 10)
  const root = mkdtempSync(join(tmpdir(), 'scan-bench-'))
  try {
    const files = fill(root, megabytes * MIB)
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const settings = { ...createScanSettings(true), timeoutSeconds: 300 }
      const scanner = createTreeScanner({ ...settings, clock: systemClock })
      const begin = performance.now()
      const { inventory } = await scanner.scan(root, 0, new AbortController().signal)
      times.push((performance.now() - begin) / 1000)
      if (inventory.parsed < files * 0.9)
        console.log(`only ${inventory.parsed} of ${files} files were parsed`)
    }
    const shown = times.map((time) => time.toFixed(2)).join(' ')
    console.log(
      `${megabytes} MiB of source in ${files} files: median ${median(times).toFixed(2)} s (${shown})`,
    )
  } finally {
    await removeTree(tmpdir(), root)
  }
}
