/** Where a self-test works: a folder of its own, gone afterwards, and so is what a killed one left. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../../../system/files.ts'
import { findProcess } from '../../../system/process-table.ts'
import { createToken } from '../../../system/random.ts'

const FOLDER = /^haivemind-selftest-(\d+)-[A-Za-z0-9_-]+$/

export async function withSelftestFolder<R>(parent: string, work: (dir: string) => Promise<R>): Promise<R> {
  for (const name of await readdir(parent)) {
    const pid = FOLDER.exec(name)?.[1]
    if (pid !== undefined && findProcess(Number(pid)) === null)
      await removeTree(parent, join(parent, name)).catch(() => undefined)
  }
  const dir = join(parent, `haivemind-selftest-${process.pid}-${createToken(6)}`)
  await mkdir(dir, { mode: 0o700 })
  try {
    return await work(dir)
  } finally {
    await removeTree(parent, dir)
  }
}
