/** Where bait came to light: in what was asked for, said, logged or kept. */
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DryRunReport } from '../../domain/dry-run.ts'
import type { PlaceRecorder } from '../egress/record-places.ts'
import { findBait, type Bait, type BaitSet } from './bait.ts'
import type { Talk } from './converse.ts'

type Leak = DryRunReport['leaks'][number]

function listLeaks(text: string, all: readonly Bait[], way: Leak['way'], where: string): readonly Leak[] {
  return findBait(text, all).map(({ name, given }) => ({ bait: name, given, way, where }))
}

export function listSpoken(
  { all }: BaitSet,
  recorder: PlaceRecorder,
  talk: Talk,
  log: string,
): readonly Leak[] {
  return [
    ...recorder.sent().flatMap(({ place, text }) => listLeaks(text, all, 'sent', place)),
    ...listLeaks(talk.said, all, 'said', 'its answers'),
    ...listLeaks(log, all, 'logged', 'standard error'),
  ]
}

const MAX_FILES = 200
const MAX_FILE_BYTES = 1024 * 1024

/** In what it wrote below HOME. Nothing of it runs any more, so no name changes its meaning under the reader. */
export async function listKept(home: string, { all, files }: BaitSet): Promise<readonly Leak[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true }).catch(() => [])
  const own = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !Object.keys(files).some((name) => path === join(home, name)))
  const leaks: Leak[] = []
  for (const path of own.slice(0, MAX_FILES)) {
    leaks.push(...listLeaks(await readStart(path), all, 'kept', `/data${path.slice(home.length)}`))
  }
  return leaks
}

async function readStart(path: string): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => null)
  if (file === null) return ''
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}
