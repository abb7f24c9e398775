import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createMovableClock } from '../../../test/fakes/clock.ts'
import { removeTree } from '../../system/files.ts'
import { openDependencyCache } from './dependency-cache.ts'

const DAY_MS = 24 * 3600 * 1000

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dependency-cache-'))
})
afterEach(() => removeTree(tmpdir(), root))

function makeInstall(name: string) {
  const workshop = join(root, name)
  mkdirSync(join(workshop, 'made'), { recursive: true })
  writeFileSync(join(workshop, 'made/index.js'), name)
  return { tree: join(workshop, 'made'), notices: [name], workshop }
}

it('keeps the first of two that were made at the same time', async () => {
  const cache = await openDependencyCache(join(root, 'cache'), createMovableClock())
  const captured = await Promise.all([
    cache.capture('key', makeInstall('first')),
    cache.capture('key', makeInstall('second')),
  ])
  for (const one of captured) await one.keep()
  expect(await cache.restore('key', join(root, 'restored'))).toEqual(['first'])
  expect(readFileSync(join(root, 'restored/index.js'), 'utf8')).toBe('first')
})

it('says of each entry when it was used last, and forgets it when told to', async () => {
  const clock = createMovableClock()
  const cache = await openDependencyCache(join(root, 'cache'), clock)
  for (const key of ['old', 'used']) await (await cache.capture(key, makeInstall(key))).keep()
  for (const key of ['old', 'used']) await cache.restore(key, join(root, `first-${key}`))
  await clock.advance(29 * DAY_MS)
  await cache.restore('used', join(root, 'again'))
  expect((await cache.list()).toSorted()).toEqual(['old', 'used'])
  const age = (name: string) => Math.round((clock.now() - statSync(cache.pathOf(name)).mtimeMs) / DAY_MS)
  expect([age('old'), age('used')]).toEqual([29, 0])
  await cache.remove('old')
  expect(readdirSync(join(root, 'cache'))).toEqual(['used'])
  expect(existsSync(join(root, 'first-old/index.js'))).toBe(true)
})

it('makes an entry anew that a power loss left without its words', async () => {
  const cache = await openDependencyCache(join(root, 'cache'), createMovableClock())
  await (await cache.capture('key', makeInstall('first'))).keep()
  const [notices = ''] = readdirSync(cache.pathOf('key')).filter((name) => name.endsWith('.json'))
  writeFileSync(join(cache.pathOf('key'), notices), '')
  expect(await cache.restore('key', join(root, 'restored'))).toBeNull()
  expect(existsSync(join(root, 'restored'))).toBe(false)
  expect(await cache.list()).toEqual([])
})
