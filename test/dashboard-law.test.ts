/** The dashboard's side of the house law, and what its build may weigh. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ALL_SCREENS } from '../dashboard/app/screen-list.ts'
import { createDashboard } from '../src/api/serve-dashboard.ts'

const ROOT = join(import.meta.dirname, '..')
const FOLDER = join(ROOT, 'dashboard')
const BUILT = join(ROOT, 'dist/dashboard')

const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tsx?$/.test(name),
)
const imports = sources.flatMap((file) =>
  [
    ...readFileSync(join(FOLDER, file), 'utf8').matchAll(
      /(?:^|\n)(?:import|export)\s+(type\s)?[^'"]*?from '(\.[^']+)'/g,
    ),
  ].map(([, type, target = '']) => ({
    file,
    isType: type !== undefined,
    target: relative(FOLDER, join(FOLDER, file, '..', target)),
  })),
)
const list = (of: typeof imports) => of.map(({ file, target }) => `${file} → ${target}`)

describe('the dashboard', () => {
  it('sees enough to judge', () => {
    expect(imports.length).toBeGreaterThan(50)
  })

  it('takes of the platform types of api and domain, and rules of the pure domain', () => {
    const foreign = imports.filter(({ target }) => target.startsWith('..'))
    expect(foreign.length).toBeGreaterThan(5)
    const allowed = ({ target, isType }: (typeof imports)[number]) =>
      target.startsWith('../src/domain/') || (isType && target.startsWith('../src/api/'))
    expect(list(foreign.filter((edge) => !allowed(edge)))).toEqual([])
  })

  it('has pages that know nothing of one another, and parts that know no page', () => {
    const pageOf = (path: string) => /^pages\/([^/]+)\//.exec(path)?.[1] ?? null
    const forbidden = imports.filter(({ file, target }) => {
      const to = pageOf(target)
      if (to !== null) return to !== pageOf(file)
      return target.startsWith('app/') && !file.startsWith('app/')
    })
    expect(list(forbidden)).toEqual([])
  })

  it('writes no markup into the page', () => {
    const writers = /dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write/
    expect(sources.filter((file) => writers.test(readFileSync(join(FOLDER, file), 'utf8')))).toEqual([])
  })

  it('has a folder for each page and an address for each folder, which the platform serves', async () => {
    const folders = readdirSync(join(FOLDER, 'pages'))
    expect(folders.filter((name) => !existsSync(join(FOLDER, 'pages', name, 'page.tsx')))).toEqual([])
    expect(folders.filter((name) => !ALL_SCREENS.some(({ folder }) => folder === name))).toEqual([])
    const dashboard = createDashboard({ index: 'page', read: async () => null }, () => 'nonce')
    for (const { path } of ALL_SCREENS.filter(({ path }) => path !== '/')) {
      const url = `http://localhost${path.replaceAll(/\$(\w+)/g, 'some-$1')}`
      const answer = await dashboard.find(new Request(url, { headers: { accept: 'text/html' } }))
      expect([path, answer?.status]).toEqual([path, 200])
    }
  })
})

const KIB = 1000
const weigh = (names: readonly string[]) =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(join(BUILT, name)), { level: 9 }).length, 0)

describe.skipIf(!existsSync(join(BUILT, 'index.html')))(
  'the built dashboard (skipped where it is not built)',
  () => {
    const html = existsSync(join(BUILT, 'index.html')) ? readFileSync(join(BUILT, 'index.html'), 'utf8') : ''
    const linked = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name = '']) => name)

    it('U-25: begins with at most 180 KB of script and 15 KB of style, compressed', () => {
      const scripts = linked.filter((name) => name.endsWith('.js'))
      const styles = linked.filter((name) => name.endsWith('.css'))
      expect([scripts.length > 0, styles.length]).toEqual([true, 1])
      expect(weigh(scripts)).toBeLessThanOrEqual(180 * KIB)
      expect(weigh(styles)).toBeLessThanOrEqual(15 * KIB)
    })

    it('has no script in the page, nothing of another host, and both compressed forms of what is big', () => {
      expect(html).not.toMatch(/<script(?![^>]*\ssrc="\/)|https?:\/\/|\son\w+=|style="/)
      const assets = readdirSync(join(BUILT, 'assets'))
      // As the build has it: below a kilobyte there is nothing to gain.
      const big = linked.filter((path) => readFileSync(join(BUILT, path)).length >= 1024)
      expect(big.length).toBeGreaterThan(1)
      for (const name of big.map((path) => path.slice('assets/'.length))) {
        expect([name, assets.includes(`${name}.br`), assets.includes(`${name}.gz`)]).toEqual([
          name,
          true,
          true,
        ])
      }
    })
  },
)
