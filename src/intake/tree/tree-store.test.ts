import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { removeTree } from '../../system/files.ts'
import { openTreeStore } from './tree-store.ts'

const HASH = 'a'.repeat(64)

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tree-store-'))
})
afterEach(() => removeTree(tmpdir(), root))

it('keeps one of two that are published at the same time', async () => {
  const store = await openTreeStore(join(root, 'store'))
  const trees = ['one', 'two'].map((name) => join(root, name))
  for (const tree of trees) {
    mkdirSync(tree)
    writeFileSync(join(tree, 'server.py'), '')
  }
  const outcomes = await Promise.all(trees.map((tree) => store.publish(tree, HASH)))
  expect(outcomes.sort()).toEqual(['published', 'reused'])
  expect(readdirSync(store.pathOf(HASH))).toEqual(['server.py'])
})
