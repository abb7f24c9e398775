/** Two platforms on a machine never give the same host uid to a server. */
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimUidBlock, type ClaimOptions } from '../../src/store/uid-blocks.ts'

const RANGE = { first: 100_000, count: 15_500 }
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uids-'))
})
afterEach(async () => await rm(folder, { recursive: true }))

const claim = async (name: string, more: Partial<ClaimOptions> = {}) => {
  const dataDir = join(folder, name)
  await mkdir(dataDir, { recursive: true })
  const registry = join(folder, 'registry')
  const options = { registry, range: RANGE, folders: [dataDir], isUsed: () => false, ...more }
  return (await claimUidBlock(options)).first
}

describe('a block of uids', () => {
  it('is another one for each data directory, and the same at each start', async () => {
    expect(await claim('a')).toBe(100_000)
    expect(await claim('b')).toBe(105_000)
    expect(await claim('a')).toBe(100_000)
  })

  it('is claimed once when many platforms start at the same time', async () => {
    const firsts = await Promise.all(['a', 'b', 'c'].map(async (name) => await claim(name)))
    expect(firsts.toSorted((a, b) => a - b)).toEqual([100_000, 105_000, 110_000])
  })

  it('stays with a data directory that is moved', async () => {
    await claim('a')
    expect(await claim('b')).toBe(105_000)
    await rename(join(folder, 'b'), join(folder, 'moved'))
    expect(await claim('moved')).toBe(105_000)
    expect(await claim('c')).toBe(110_000)
  })

  it('is another one for a copy, whose original still has its own', async () => {
    await claim('a')
    await cp(join(folder, 'a'), join(folder, 'copy'), { recursive: true })
    expect(await claim('copy')).toBe(105_000)
    expect(await claim('a')).toBe(100_000)
  })

  it('stays when the registry is lost', async () => {
    await claim('a')
    await claim('b')
    await rm(join(folder, 'registry'), { recursive: true })
    expect(await claim('b')).toBe(105_000)
    expect(await claim('a')).toBe(100_000)
  })

  it('is had again once its folders are gone and no process has one of its uids', async () => {
    await claim('a')
    await rm(join(folder, 'a'), { recursive: true })
    expect(await claim('b', { isUsed: ({ first }) => first === 100_000 })).toBe(105_000)
    expect(await claim('c')).toBe(100_000)
  })

  it('is kept while any folder with files of its uids is there', async () => {
    await mkdir(join(folder, 'servers'))
    await claim('a', { folders: [join(folder, 'a'), join(folder, 'servers')] })
    await rm(join(folder, 'a'), { recursive: true })
    expect(await claim('b')).toBe(105_000)
  })

  it('is refused, with the reason, when none is free or the registry is damaged', async () => {
    for (const name of ['a', 'b', 'c']) await claim(name)
    await expect(claim('d')).rejects.toMatchObject({
      code: 'invalid_platform_config',
      message: 'Servers need host uids of their own, and no block of 5000 uids is free in 100000 to 115499.',
    })
    await writeFile(join(folder, 'registry/uid-blocks.json'), '{"blocks": [')
    await expect(claim('a')).rejects.toThrow('is damaged')
  })
})
