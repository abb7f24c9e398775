/** Two installed trees, told apart: the files that somebody wrote, and the packages that an installer put there. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { decodeJson, isJsonObject } from '../../domain/json.ts'
import type { TreeComparison } from '../../domain/tree-comparison.ts'

/** Where installers put what they fetch. */
const INSTALLED: ReadonlySet<string> = new Set(['node_modules', '.venv'])
/** More differences than anybody reads; how many there are is told all the same. */
const MAX_SHOWN = 500
const MAX_PACKAGE_JSON = 1024 * 1024
const DIST_INFO = /^(.+?)-([^-]+)\.dist-info$/

type Found = {
  /** Of what is not installed, by its path: the bytes of a file; null for a link, which leads to what is in the tree. */
  readonly files: ReadonlyMap<string, number | null>
  /** Versions of each package, sorted: a tree of npm may hold several of one. */
  readonly packages: ReadonlyMap<string, string>
}

export async function compareTrees(before: string, after: string): Promise<TreeComparison> {
  const [old, now] = [await readTree(before), await readTree(after)]
  const added = [...now.files.keys()].filter((path) => !old.files.has(path))
  const removed = [...old.files.keys()].filter((path) => !now.files.has(path))
  const changed: string[] = []
  for (const [path, bytes] of now.files) {
    const earlier = old.files.get(path)
    if (earlier === undefined) continue
    if (earlier === null && bytes === null) continue
    if (earlier !== bytes || !(await isSameFile(join(before, path), join(after, path)))) changed.push(path)
  }
  const names = [...new Set([...old.packages.keys(), ...now.packages.keys()])].sort()
  const packages = names.flatMap((name) => {
    const versions = { before: old.packages.get(name) ?? null, after: now.packages.get(name) ?? null }
    return versions.before === versions.after ? [] : [{ name, ...versions }]
  })
  return {
    files: { added: shorten(added), removed: shorten(removed), changed: shorten(changed) },
    fileChanges: added.length + removed.length + changed.length,
    packages: packages.slice(0, MAX_SHOWN),
    packageChanges: packages.length,
  }
}

function shorten(paths: readonly string[]): readonly string[] {
  return paths.toSorted().slice(0, MAX_SHOWN)
}

async function readTree(root: string): Promise<Found> {
  const files = new Map<string, number | null>()
  const packages = new Map<string, Set<string>>()
  const pending = ['']
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && INSTALLED.has(entry.name)) await readInstalled(join(root, path), packages)
      else if (entry.isDirectory()) pending.push(path)
      else files.set(path, entry.isFile() ? (await lstat(join(root, path))).size : null)
    }
  }
  const lists = [...packages].map(([name, versions]) => [name, [...versions].sort().join(', ')] as const)
  return { files, packages: new Map(lists) }
}

/** By what each package says of itself: `package.json` under node_modules, the folder's name of a Python one. */
async function readInstalled(root: string, packages: Map<string, Set<string>>): Promise<void> {
  const note = (name: string, version: string) =>
    packages.set(name, (packages.get(name) ?? new Set()).add(version))
  const pending = [root]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const [, name, version] = DIST_INFO.exec(entry.name) ?? []
      if (entry.isDirectory() && name !== undefined && version !== undefined) note(name, version)
      else if (entry.isDirectory()) pending.push(path)
      else if (entry.name === 'package.json' && isPackageFolder(folder)) await notePackage(path, note)
    }
  }
}

/** `…/node_modules/name` or `…/node_modules/@scope/name`, and no folder inside a package. */
function isPackageFolder(folder: string): boolean {
  return /\/node_modules\/(?:@[^/]+\/)?[^/@.][^/]*$/.test(folder)
}

async function notePackage(path: string, note: (name: string, version: string) => void): Promise<void> {
  if ((await lstat(path)).size > MAX_PACKAGE_JSON) return
  const found = decodeJson(await readFile(path, 'utf8'))
  if (!isJsonObject(found)) return
  const { name, version } = found
  if (typeof name === 'string' && typeof version === 'string') note(name.slice(0, 214), version.slice(0, 64))
}

/** Of one size. */
async function isSameFile(before: string, after: string): Promise<boolean> {
  const hashes = await Promise.all([before, after].map(hashFile))
  return hashes[0] === hashes[1]
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
