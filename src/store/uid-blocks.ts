/**
 * Which data directory has which block of host uids, kept once a machine (root) or once a user: two platforms with
 * the same uid for two servers would let these reach each other's files and processes.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '../domain/error.ts'
import { decodeJson } from '../domain/json.ts'
import { BLOCK_SIZE, type UidBlock } from '../domain/uid-block.ts'
import { writeFileDurable } from '../system/files.ts'
import { createToken } from '../system/random.ts'
import { openExclusive } from './sqlite/database.ts'

const entryShape = z.strictObject({
  first: z.int(),
  /** Stands in the data directory too: a moved one keeps its block, a copy gets another. */
  id: z.string(),
  /** The data directory, then what else holds files of these uids. */
  folders: z.array(z.string()).min(1),
})
type Entry = z.infer<typeof entryShape>
const registryShape = z.strictObject({ blocks: z.array(entryShape) })
const ownShape = z.strictObject({ first: z.int(), id: z.string() })

export type ClaimOptions = {
  /** Where the registry of this machine or user lies; made where it is missing. */
  readonly registry: string
  readonly range: UidBlock
  /** Absolute; the data directory first, which must exist. */
  readonly folders: readonly string[]
  /** Does anything on this machine use a uid of this block: a process, or another program's range? */
  readonly isUsed: (block: UidBlock) => boolean
}

/** Throws AppError `invalid_platform_config` when no block is free or the registry cannot be kept. */
export async function claimUidBlock(options: ClaimOptions): Promise<UidBlock> {
  const { registry, folders } = options
  const [dataDir = ''] = folders
  const file = join(registry, 'uid-blocks.json')
  try {
    await mkdir(registry, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw buildFailure(`${registry} cannot be made`, error)
  }
  const lock = await waitForLock(join(registry, 'uid-blocks.lock'))
  try {
    const entries = await readEntries(file)
    const own = ownShape.safeParse(decodeJson(await readText(join(dataDir, OWN)))).data ?? null
    const { entry, others } = await chooseEntry(entries, own, options)
    // The registry first: a data directory never names a block that it does not have.
    await writeFileDurable(file, `${JSON.stringify({ blocks: [...others, entry] }, null, 2)}\n`, 0o600)
    await writeFileDurable(
      join(dataDir, OWN),
      `${JSON.stringify({ first: entry.first, id: entry.id })}\n`,
      0o600,
    )
    return { first: entry.first, count: BLOCK_SIZE }
  } finally {
    lock.close()
  }
}

const OWN = 'uid-block'

async function chooseEntry(
  entries: readonly Entry[],
  own: z.infer<typeof ownShape> | null,
  { folders, range, isUsed }: ClaimOptions,
): Promise<{ readonly entry: Entry; readonly others: readonly Entry[] }> {
  const [dataDir = ''] = folders
  const kept =
    own === null ? undefined : entries.find(({ id, first }) => id === own.id && first === own.first)
  const isCopy = kept !== undefined && kept.folders[0] !== dataDir && (await bearsId(kept))
  if (kept !== undefined && !isCopy && holdsBlock(range, kept.first)) {
    return { entry: { ...kept, folders: [...folders] }, others: entries.filter((entry) => entry !== kept) }
  }
  // Gone with all its files, and no process of it is left: its block may be had again.
  const others = entries.filter(
    ({ first, folders: held }) =>
      held.some((path) => existsSync(path)) || isUsed({ first, count: BLOCK_SIZE }),
  )
  const taken = new Set(others.map(({ first }) => first))
  const isFree = (first: number) =>
    !taken.has(first) && holdsBlock(range, first) && !isUsed({ first, count: BLOCK_SIZE })
  const numbers = Array.from(
    { length: Math.floor(range.count / BLOCK_SIZE) },
    (_, n) => range.first + n * BLOCK_SIZE,
  )
  // A registry that was lost must not give the servers of this data directory other uids.
  const wanted =
    own !== null && !isCopy && !taken.has(own.first) && holdsBlock(range, own.first) ? own.first : null
  const first = wanted ?? numbers.find(isFree)
  if (first === undefined)
    throw buildFailure(`no block of ${BLOCK_SIZE} uids is free in ${describeRange(range)}`)
  return { entry: { first, id: createToken(12), folders: [...folders] }, others }
}

async function bearsId({ id, folders: [dataDir = ''] }: Entry): Promise<boolean> {
  return ownShape.safeParse(decodeJson(await readText(join(dataDir, OWN)))).data?.id === id
}

function holdsBlock({ first, count }: UidBlock, block: number): boolean {
  return block >= first && block + BLOCK_SIZE <= first + count
}

async function readEntries(file: string): Promise<readonly Entry[]> {
  const text = await readText(file)
  if (text === '') return []
  const found = registryShape.safeParse(decodeJson(text)).data
  if (found === undefined) throw buildFailure(`${file} is damaged`)
  return found.blocks
}

async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '')
}

async function waitForLock(path: string): Promise<{ close(): void }> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const lock = openExclusive(path)
    if (lock !== null) return lock
    await sleep(50)
  }
  throw buildFailure(`${path} is held by another platform for too long`)
}

function describeRange({ first, count }: UidBlock): string {
  return `${first} to ${first + count - 1}`
}

function buildFailure(why: string, cause?: unknown): AppError {
  return new AppError('invalid_platform_config', `Servers need host uids of their own, and ${why}.`, {
    hint: 'Make the folder writable for the platform; if the file is damaged and no other platform runs, delete it.',
    ...(cause === undefined ? {} : { cause }),
  })
}
