/** What this project takes from others: little, under free terms, and none of it runs anything when it is installed. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const entrySchema = z.object({
  version: z.string(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().default(false),
  inBundle: z.boolean().default(false),
  dev: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
})
const { packages } = z
  .object({ packages: z.record(z.string(), entrySchema.or(z.looseObject({ name: z.literal('haivemind') }))) })
  .parse(JSON.parse(read('package-lock.json')))
const all = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, ...entrySchema.parse(entry) }))
const shipped = all.filter(({ dev, devOptional }) => !dev && !devOptional)

/** Free of duties to whoever uses it: those of the shipped ones. Tools that stay here may ask for more. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
]
const FOR_TOOLS = [...PERMISSIVE, 'Unlicense', 'MPL-2.0', 'Python-2.0', 'CC-BY-4.0']

describe('S-140: the supply chain', () => {
  it('sees enough to judge', () => {
    expect(all.length).toBeGreaterThan(20)
    expect(shipped.length).toBeGreaterThan(5)
  })

  it('is at most 60 packages that ship', () => {
    expect(shipped.map(({ path }) => path).length).toBeLessThanOrEqual(60)
  })

  it('is under permissive licences', () => {
    const unfit = (list: typeof all, allowed: readonly string[]) =>
      list
        .filter(({ license = 'none' }) => !allowed.includes(license))
        .map(({ path, license }) => [path, license])
    expect(unfit(shipped, PERMISSIVE)).toEqual([])
    expect(unfit(all, FOR_TOOLS)).toEqual([])
  })

  it('is pinned by content, wherever it is fetched from', () => {
    // What comes inside another package is pinned with that.
    const fetched = all.filter(({ inBundle }) => !inBundle)
    expect(fetched.filter(({ integrity }) => integrity?.startsWith('sha512-') !== true)).toEqual([])
    expect(all.filter(({ resolved, link }) => resolved !== undefined || link)).toEqual([])
    expect(read('package-lock.json')).not.toMatch(
      /https?:\/\/(?![^"]*(?:sponsors|opencollective|funding|github\.com|tidelift|paulmillr|patreon))/,
    )
    const { dependencies, devDependencies } = z
      .object({
        dependencies: z.record(z.string(), z.string()),
        devDependencies: z.record(z.string(), z.string()),
      })
      .parse(JSON.parse(read('package.json')))
    for (const version of Object.values({ ...dependencies, ...devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[a-z]+\.\d+)?$/)
    }
  })

  it('runs no script when it is installed, the pinned Node excepted', () => {
    expect(all.filter(({ hasInstallScript }) => hasInstallScript).map(({ path }) => path)).toEqual([
      'node_modules/node',
    ])
    const installs = read('script/prepare')
      .split('\n')
      .filter((line) => /^\s*npm (?:ci|install|i)\b/.test(line))
    expect(installs).not.toEqual([])
    for (const line of installs) expect(line).toContain('--ignore-scripts')
  })

  it('is listed as the build lists it (CycloneDX)', () => {
    expect(read('script/build')).toContain('script/sbom.mjs dist/dashboard/licences.json >dist/sbom.json')
    const ownVersion = (JSON.parse(read('package.json')) as { version: string }).version
    const bom = z
      .object({
        bomFormat: z.literal('CycloneDX'),
        components: z.array(
          z.object({
            name: z.string(),
            version: z.string(),
            licenses: z.array(z.object({ license: z.object({ id: z.string() }) })).min(1),
            hashes: z.array(z.object({ content: z.string().regex(/^[0-9a-f]{128}$/) })).min(1),
          }),
        ),
        dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
      })
      .parse(
        JSON.parse(execFileSync(process.execPath, [join(ROOT, 'script/sbom.mjs')], { encoding: 'utf8' })),
      )
    // Everything that ships is reached from the package itself: the list is one tree.
    const reached = new Set<string>([`pkg:npm/haivemind@${ownVersion}`])
    for (const ref of reached) {
      for (const next of bom.dependencies.find((one) => one.ref === ref)?.dependsOn ?? []) reached.add(next)
    }
    expect(reached.size).toBe(bom.components.length + 1)
    expect(bom.components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual(
      shipped.map(({ path, version }) => `${path.replace(/^.*node_modules\//, '')}@${version}`).sort(),
    )
  })

  it('lists what stands in the scripts of the dashboard too, under permissive licences', () => {
    const react = all.find(({ path }) => path === 'node_modules/react')!
    const folder = mkdtempSync(join(tmpdir(), 'haivemind-sbom-'))
    const file = join(folder, 'licences.json')
    const list = (name: string, version: string) => {
      writeFileSync(file, JSON.stringify([{ name, version, identifier: 'MIT' }]))
      return execFileSync(process.execPath, [join(ROOT, 'script/sbom.mjs'), file], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
    }
    expect(react.dev).toBe(true)
    expect(list('react', react.version)).toContain(`"purl": "pkg:npm/react@${react.version}"`)
    expect(() => list('react', '0.0.1')).toThrow('the lock file has no react@0.0.1')
    rmSync(folder, { recursive: true })
  })

  const licences = join(ROOT, 'dist/dashboard/licences.json')
  it.skipIf(!existsSync(licences))(
    'builds the dashboard of permissive ones (skipped where it is not built)',
    () => {
      const built = z
        .array(z.object({ name: z.string(), identifier: z.string() }))
        .parse(JSON.parse(readFileSync(licences, 'utf8')))
      expect(built.length).toBeGreaterThan(10)
      expect(built.filter(({ identifier }) => !PERMISSIVE.includes(identifier))).toEqual([])
    },
  )
})
