import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyTree, isBelow, linkTree, removeTree, writeFileDurable } from './files.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'files-test-'))
})
afterEach(async () => {
  await removeTree(tmpdir(), root)
})

describe('isBelow', () => {
  it.each([
    ['/a', '/a/b', true],
    ['/a', '/a', false],
    ['/a', '/ab', false],
    ['/a', '/a/../b', false],
    ['/a', '/a/..b', true],
    ['/a', '/', false],
  ])('%s %s → %s', (outer, path, expected) => {
    expect(isBelow(outer, path)).toBe(expected)
  })
})

describe('removeTree', () => {
  it('is done by several at once without complaint: collections may overlap', async () => {
    for (let n = 0; n < 200; n++) await mkdir(join(root, 'tree', `d${n}`, 'inner'), { recursive: true })
    // One after the other begins while the first is at work.
    const removals = Array.from({ length: 40 }, async (_, n) => {
      await sleep(n)
      await removeTree(root, join(root, 'tree'))
    })
    await expect(Promise.all(removals)).resolves.toHaveLength(40)
    expect(await readdir(root)).toEqual([])
  })

  it('removes read-only directories and leaves what a link points at', async () => {
    await mkdir(join(root, 'tree/in'), { recursive: true })
    await writeFile(join(root, 'kept'), 'x')
    await symlink(root, join(root, 'tree/in/out'))
    await chmod(join(root, 'tree/in'), 0o555)
    await removeTree(root, join(root, 'tree'))
    expect(await readdir(root)).toEqual(['kept'])
  })

  it('removes directories that lie deeper than a path can name', async () => {
    const tree = join(root, 'tree')
    await mkdir(tree)
    await writeFile(join(tree, 'file'), '')
    for (let level = 0; level < 60; level++) {
      await mkdir(join(root, 'outer'))
      await rename(tree, join(root, 'outer', 'd'.repeat(200)))
      await rename(join(root, 'outer'), tree)
    }
    await removeTree(root, join(root, 'tree'))
    expect(await readdir(root)).toEqual([])
  })

  it.each(['..', '.', '../elsewhere', '/'])('refuses %s', async (path) => {
    await expect(removeTree(root, join(root, 'a', '..', path))).rejects.toThrow('is not below')
  })

  it('takes a missing path as done', async () => {
    await removeTree(root, join(root, 'never'))
  })
})

describe('writeFileDurable', () => {
  it('replaces the file, sets the mode, leaves no temporary file', async () => {
    await writeFileDurable(join(root, 'a.json'), 'one', 0o644)
    await writeFileDurable(join(root, 'a.json'), 'two', 0o600)
    expect(await readFile(join(root, 'a.json'), 'utf8')).toBe('two')
    expect((await lstat(join(root, 'a.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(root)).toEqual(['a.json'])
  })

  it('leaves nothing when the target cannot be replaced', async () => {
    await mkdir(join(root, 'dir/full'), { recursive: true })
    await expect(writeFileDurable(join(root, 'dir'), 'x', 0o600)).rejects.toThrow('EISDIR')
    expect(await readdir(root)).toEqual(['dir'])
  })
})

describe.each([
  ['linkTree', linkTree, 2],
  ['copyTree', copyTree, 1],
])('%s', (_name, repeat, links) => {
  it('repeats files, modes and links', async () => {
    await mkdir(join(root, 'from/sub'), { recursive: true })
    await writeFile(join(root, 'from/sub/run'), '#!/bin/sh\n', { mode: 0o755 })
    await symlink('sub/run', join(root, 'from/ln'))
    await repeat(join(root, 'from'), join(root, 'to'))
    const found = await lstat(join(root, 'to/sub/run'))
    expect(found.nlink).toBe(links)
    expect(found.mode & 0o111).not.toBe(0)
    expect(await readlink(join(root, 'to/ln'))).toBe('sub/run')
  })
})
