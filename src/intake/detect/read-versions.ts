/**
 * The versions of what a server depends on by itself: as they are installed, else as its lock files and manifests pin
 * them. Which of them changed says, after a while, which of them cost memory.
 */
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJson, isJsonObject } from '../../domain/json.ts'
import { normalisePythonName, readDependencies } from '../scan/layers/read-dependencies.ts'

const MAX_MANIFEST_BYTES = 1024 * 1024
const MAX_LOCK_BYTES = 8 * 1024 * 1024
/** A path is made of it: nothing that leads elsewhere. */
const NPM_NAME = /^(?:@[a-z\d][\w.~-]*\/)?[a-z\d][\w.~-]*$/i
const VERSION = /^\d[\w.+!~-]{0,63}$/
const DIST_INFO = /^(.+?)-([^-]+)\.dist-info$/
const PINNED = [
  'package.json',
  'requirements.txt',
  'pyproject.toml',
  'package-lock.json',
  'uv.lock',
  'poetry.lock',
]

/**
 * @param appDir the tree on the host, as it was installed; what is in it is a stranger's
 * @param pythonPath extra import directories, absolute below /app
 */
export async function readVersions(
  appDir: string,
  dependencies: readonly string[],
  pythonPath: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const python = await readPythonVersions(appDir, pythonPath)
  const found = new Map<string, string>()
  for (const name of dependencies) {
    const version = (await readNodeVersion(appDir, name)) ?? python.get(name)
    if (version !== undefined && version !== null) found.set(name, version)
  }
  if (dependencies.some((name) => !found.has(name))) {
    const pins = await readPins(appDir)
    for (const name of dependencies) {
      const version = pins.get(name.toLowerCase())
      if (version !== undefined && !found.has(name)) found.set(name, version)
    }
  }
  return Object.fromEntries([...found].filter(([, version]) => VERSION.test(version)))
}

async function readNodeVersion(appDir: string, name: string): Promise<string | null> {
  if (!NPM_NAME.test(name)) return null
  const text = await readText(join(appDir, 'node_modules', name, 'package.json'), MAX_MANIFEST_BYTES)
  const manifest = text === null ? undefined : decodeJson(text)
  const version = isJsonObject(manifest) ? manifest['version'] : undefined
  return typeof version === 'string' ? version : null
}

async function readPythonVersions(
  appDir: string,
  pythonPath: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const lib = join(appDir, '.venv/lib')
  const folders = [
    ...(await listNames(lib)).map((name) => join(lib, name, 'site-packages')),
    ...pythonPath
      .filter((path) => !path.split('/').includes('..'))
      .map((path) => join(appDir, path.replace(/^\/app(?:\/|$)/, ''))),
  ]
  const found = new Map<string, string>()
  for (const folder of folders) {
    for (const entry of await listNames(folder)) {
      const [, name, version] = DIST_INFO.exec(entry) ?? []
      if (name !== undefined && version !== undefined) found.set(normalisePythonName(name), version)
    }
  }
  return found
}

/** Lock files come last and win: a pin of a manifest may be of another platform. */
async function readPins(appDir: string): Promise<ReadonlyMap<string, string>> {
  const pins = new Map<string, string>()
  for (const path of PINNED) {
    const text = await readText(join(appDir, path), MAX_LOCK_BYTES)
    if (text === null) continue
    const file = { path, text, lineAt: () => 1 }
    for (const { name, version, development } of readDependencies(file)) {
      if (version !== null && !development) pins.set(name, version)
    }
  }
  return pins
}

async function listNames(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

/** Null: it is not there, is no plain file, or is too large. */
async function readText(path: string, maxBytes: number): Promise<string | null> {
  const handle = await open(
    path,
    // A FIFO would hold up the deployment.
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch(() => null)
  if (handle === null) return null
  try {
    const stat = await handle.stat()
    return stat.isFile() && stat.size <= maxBytes ? await handle.readFile('utf8') : null
  } finally {
    await handle.close()
  }
}
