/** What `npm pack` makes: small, without anything of the workshop, and it runs from where nothing may be written. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NODE, ROOT, startPlatform } from './platform.ts'

const MAX_BYTES = 3 * 2 ** 20
let folder: string
let archive: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'))
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT })
  archive = join(folder, readdirSync(folder)[0] ?? '')
  execFileSync('tar', ['-xzf', archive, '-C', folder])
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'package/node_modules'))
})
afterAll(() => {
  execFileSync('chmod', ['-R', 'u+w', join(folder, 'package')])
  rmSync(folder, { recursive: true })
})

it('P-02: is small, and holds no source map, no source and no test', () => {
  expect(statSync(archive).size).toBeLessThanOrEqual(MAX_BYTES)
  const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n')
  expect(names.length).toBeGreaterThan(100)
  const stray = /\.map$|^package\/(?:src|test|script|\.|node_modules)|\.test\.js$|(?<!examples\/[\w/-]+)\.ts$/
  expect(names.filter((name) => stray.test(name))).toEqual([])
})

it('P-02: serves from a directory that nobody may write to, and changes nothing in it', async () => {
  execFileSync('chmod', ['-R', 'a-w', join(folder, 'package')])
  chmodSync(join(folder, 'package'), 0o555)
  const main = join(folder, 'package/dist/main.js')
  const { stdout, status } = spawnSync(NODE, [main, '--version'], { encoding: 'utf8', cwd: '/' })
  expect([status, stdout.trim()]).toEqual([0, '0.1.0'])
  const list = () => execFileSync('find', [join(folder, 'package'), '-newer', archive], { encoding: 'utf8' })
  const before = list()
  await using platform = await startPlatform()
  await platform.stop()
  await platform.start(main)
  expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
  expect(list()).toBe(before)
})
